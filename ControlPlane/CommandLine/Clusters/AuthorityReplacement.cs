using System.Text.Json.Nodes;
using ControlPlane.Access.Pki;
using Shared.Json;

namespace ControlPlane.CommandLine.Clusters;

/// <summary>
/// Another authority for a cluster on this machine. First everybody trusts the new one beside the old, which needs no restart; then it signs, and control planes and agents are
/// started anew one by one, with certificates of its; when all show those, the old one can be dropped. Each step starts from what is there, so a replacement that was interrupted is
/// finished by the same command.
/// </summary>
internal sealed class AuthorityReplacement(ClusterFolder folder, ClusterDescription cluster, Action<string> tell)
{
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan NamespacePatience = TimeSpan.FromSeconds(60);

    private readonly AuthorityFiles _home = new(Path.Combine(folder.Path, "pki"));

    // A lone control plane lives in the cluster's own folder.
    private IEnumerable<AuthorityFiles> Members => cluster.IsAlone ? [] : cluster.Members.Select(FilesOf);

    /// <summary>Replaces the authority, or goes on with that.</summary>
    /// <exception cref="CommandFailedException">One before is trusted still, or something does not become ready.</exception>
    public async Task Replace(CancellationToken stop)
    {
        if (!File.Exists(_home.Next))
        {
            if (_home.HasOthers) throw new CommandFailedException("The authority before this one is trusted still. Drop it first: actors keys drop-old --authority");
            ClusterPki.MakeAuthority(_home.Next, new PkiOptions(), TimeProvider.System);
        }
        var next = await File.ReadAllTextAsync(_home.Next, stop);
        foreach (var files in Members.Prepend(_home).Where(files => File.ReadAllText(files.Signing) != next)) files.Trust(next);
        await Refresh(stop);
        await WaitForNamespaces(stop);
        tell("the new authority is trusted by all, beside the old one");

        foreach (var member in cluster.ControlPlanes)
        {
            (cluster.IsAlone ? _home : FilesOf(member)).Sign(next);
            await Restart(new BackgroundProcess(folder, ClusterProcesses.Member(cluster, member)), Local().StartControlPlanes, stop);
        }
        _home.Sign(next);
        await Refresh(stop);
        tell("control planes show certificates of the new authority");

        // The agents' certificates are made anew by whoever starts them; their pods go on meanwhile.
        foreach (var agent in Local().Agents()) await Restart(agent, cancel => Local().StartAgents(cancel), stop);
        await Local().WaitForNodes(stop);
        File.Delete(_home.Next);
    }

    /// <summary>Trusts the authority that signs and no other.</summary>
    /// <exception cref="CommandFailedException">There is none to drop, or it is needed.</exception>
    /// <param name="force">Whether nodes that joined by a token are known to have been started anew.</param>
    public async Task DropOld(bool force, CancellationToken stop)
    {
        if (File.Exists(_home.Next)) throw new CommandFailedException("The authority is being replaced: finish that first with: actors keys rotate --authority");
        if (!_home.HasOthers) throw new CommandFailedException("There is no old authority to drop.");
        foreach (var member in cluster.ControlPlanes)
        {
            using var client = Local().OnlyOfSigning(member);
            if (!await client.IsReady(stop)) throw new CommandFailedException($"{ClusterProcesses.Member(cluster, member)} is not ready, or shows a certificate of the old authority. Start it anew: actors up");
        }
        var joined = await Joined(stop);
        if (joined.Length > 0 && !force)
        {
            throw new CommandFailedException($"Nodes that joined by a token may have certificates of the old authority: {string.Join(", ", joined)}. Start their agents anew, which gives them others, and say --force.");
        }
        foreach (var files in Members.Prepend(_home)) files.Trust();
        await Refresh(stop);
        await WaitForNamespaces(stop);
        await Local().WaitForNodes(stop);
    }

    private async Task<string[]> Joined(CancellationToken stop)
    {
        using var client = Local().Client();
        var nodes = await client.Nodes(stop) ?? throw new CommandFailedException($"{cluster.Server} does not answer.");
        return [.. nodes.Select(node => node.Name).Except(cluster.Nodes.Select(node => node.Name)).Order(StringComparer.Ordinal)];
    }

    private AuthorityFiles FilesOf(ClusterMember member) => new(Path.Combine(folder.MemberFolder(member), "pki"));

    // Reads the folder's authority anew.
    private LocalCluster Local() => new(folder, cluster, _ => { });

    // What was given copies: the administrator's file, and the balancer, which asks for health over TLS. Starts nothing that runs.
    private Task Refresh(CancellationToken stop) => Local().StartControlPlanes(stop);

    private static async Task Restart(BackgroundProcess process, Func<CancellationToken, Task> start, CancellationToken stop)
    {
        if (process.Running is { } running)
        {
            Signals.SendTerminate(running);
            if (!await Waiting.Until(() => !running.IsAlive, StopPatience, stop)) throw new CommandFailedException($"{process.Name} does not end within {StopPatience.TotalSeconds} s. Its log is {process.LogFile}.");
        }
        await start(stop);
    }

    // Pods know the API by what stands in their namespace.
    private async Task WaitForNamespaces(CancellationToken stop)
    {
        var trusted = await File.ReadAllTextAsync(_home.Trusted, stop);
        using var client = Local().Client();
        var last = "";
        var done = await Waiting.Until(
            async () =>
            {
                var found = await client.Get("/api/v1/configmaps?fieldSelector=metadata.name%3Dkube-root-ca.crt", stop);
                last = (found.Items("items").FirstOrDefault(bundle => !IsSame(bundle, trusted))?.Text("metadata", "namespace")) ?? "";
                return found is not null && last.Length == 0;
            },
            NamespacePatience,
            stop);
        if (!done) throw new CommandFailedException($"After {NamespacePatience.TotalSeconds} s the ConfigMap kube-root-ca.crt of namespace '{last}' does not have the authorities yet. Run this again.");
    }

    // Each process writes them in an order of its own: the one that signs first.
    private static bool IsSame(JsonNode? bundle, string trusted) => Parts(bundle.Text("data", "ca.crt")).SetEquals(Parts(trusted));

    private static HashSet<string> Parts(string pem) => [.. pem.Split("-----END CERTIFICATE-----").Select(part => part.Trim()).Where(part => part.Length > 0)];
}
