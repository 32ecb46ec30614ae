using System.CommandLine;
using System.Text.Json.Nodes;
using ControlPlane.CommandLine.Clusters;
using ControlPlane.Gateway;
using ControlPlane.Journal;
using Shared.Json;
using Spectre.Console;

namespace ControlPlane.CommandLine;

/// <summary>
/// <c>keys rotate</c> and <c>keys drop-old</c>: another key for the secrets at rest, while everything goes on. The cluster does it; this asks for it and tells how far it is.
/// </summary>
internal static class KeyRotation
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(300);

    public static Command Rotate()
    {
        var data = ClusterOptions.Data();
        var authority = new Option<bool>("--authority") { Description = "Replace the cluster's authority and all certificates instead, of a cluster that 'up' made: one control plane after the other is started anew." };
        var command = new Command("rotate", "Encrypt secrets with a new key: all control planes learn it, then use it, then what is stored is encrypted anew. Waits until that is done; the cluster goes on if this is interrupted.") { data, authority };
        command.SetAction(async (parse, stop) =>
        {
            if (parse.GetValue(authority)) return await Authority(parse.GetRequiredValue(data), replacement => replacement.Replace(stop), "all certificates are of the new authority; the old one goes with: actors keys drop-old --authority", stop);
            using var client = ClusterClient.Of(new ClusterFolder(parse.GetRequiredValue(data)).Kubeconfig);
            var made = Keys(await client.Send(HttpMethod.Post, KeysHandler.Path + "/rotate", stop)).Max(key => key.Id);
            Terminal.Output.MarkupLineInterpolated($"key {made} is on its way to the control planes");
            await Follow(client, made, stop);
            Terminal.Output.MarkupLineInterpolated($"[green]✓[/] all secrets are encrypted with key {made}; older keys go with: actors keys drop-old");
            return 0;
        });
        return command;
    }

    public static Command DropOld()
    {
        var data = ClusterOptions.Data();
        var authority = new Option<bool>("--authority") { Description = "No longer trust the authority that was replaced. Refused while a control plane shows a certificate of it." };
        var force = new Option<bool>("--force") { Description = "With --authority: the agents of nodes that joined by a token have been started anew." };
        var command = new Command("drop-old", "Forget the keys that were replaced. Refused while anything stored, old versions of Secrets among them, needs one.") { data, authority, force };
        command.SetAction(async (parse, stop) =>
        {
            if (parse.GetValue(authority)) return await Authority(parse.GetRequiredValue(data), replacement => replacement.DropOld(parse.GetValue(force), stop), "certificates of the old authority are worth nothing any more", stop);
            using var client = ClusterClient.Of(new ClusterFolder(parse.GetRequiredValue(data)).Kubeconfig);
            var writing = Keys(await client.Send(HttpMethod.Post, KeysHandler.Path + "/drop", stop)).First(key => key.Phase == KeyPhase.Writing);
            Terminal.Output.MarkupLineInterpolated($"[green]✓[/] key {writing.Id} is the only one");
            return 0;
        });
        return command;
    }

    /// <summary>Tells how far a rotation is; nothing where there was none.</summary>
    public static async Task Show(string kubeconfig, CancellationToken stop)
    {
        using var client = ClusterClient.Of(kubeconfig);
        if (await client.Get(KeysHandler.Path, stop) is not { } answer) return;
        foreach (var key in Keys(answer).Where(key => key.Phase is KeyPhase.Known or KeyPhase.Retired)) Terminal.Output.MarkupLineInterpolated($"secrets: {Sentence(key)}");
    }

    private static async Task<int> Authority(string data, Func<AuthorityReplacement, Task> step, string done, CancellationToken stop)
    {
        var folder = new ClusterFolder(data);
        var cluster = folder.Load() ?? throw new CommandFailedException($"{folder.Path} is not a cluster that 'up' made: the certificates of others are not known here.");
        using var mine = await FolderLock.Take(folder.Path, Patience, stop);
        await step(new AuthorityReplacement(folder, cluster, Terminal.Done));
        Terminal.Output.MarkupLineInterpolated($"[green]✓[/] {done}");
        return 0;
    }

    private static async Task Follow(ClusterClient client, int made, CancellationToken stop)
    {
        var told = "";
        while (true)
        {
            // A member that is gone for a moment answers nothing: another one does.
            if (await client.Get(KeysHandler.Path, stop) is { } answer)
            {
                var keys = Keys(answer);
                if (keys.Any(key => key.Id == made && key.Phase != KeyPhase.Known) && keys.All(key => key.Phase != KeyPhase.Retired || key.Left == 0)) return;
                var now = string.Join("; ", keys.Where(key => key.Phase is KeyPhase.Known || key.Left != 0 && key.Phase is KeyPhase.Retired).Select(Sentence));
                if (now != told) Terminal.Progress.MarkupLineInterpolated($"{now}");
                told = now;
            }
            await Task.Delay(Look, stop);
        }
    }

    private static string Sentence(KeyState key) => key switch
    {
        { Phase: KeyPhase.Known } => $"key {key.Id} is not with all control planes yet",
        { Left: null } => $"what needs key {key.Id} is not counted yet",
        { Left: 0 } => $"nothing needs key {key.Id} any more; it goes with: actors keys drop-old",
        _ => $"{key.Left} stored events are still encrypted with key {key.Id}",
    };

    private static KeyState[] Keys(JsonNode answer) =>
        [.. answer.Items("keys").Select(key => new KeyState((int)key!["id"]!, Enum.Parse<KeyPhase>(key.Text("phase")), (long?)key["left"]))];

    private sealed record KeyState(int Id, KeyPhase Phase, long? Left);
}
