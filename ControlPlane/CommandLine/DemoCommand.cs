using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using ControlPlane.CommandLine.Clusters;
using ControlPlane.CommandLine.Demo;
using Shared.Processes;
using Spectre.Console;

namespace ControlPlane.CommandLine;

/// <summary><c>demo</c>: a cluster of three nodes plays through what a user cares about, every step verified. It always cleans up.</summary>
internal static class DemoCommand
{
    private const int FirstPort = 6443;

    public static Command Build()
    {
        var keep = new Option<bool>("--keep") { Description = "Leave the cluster running when a step fails, to look at it." };
        var controlPlanes = new Option<int?>("--control-planes") { Description = "How many control planes (1, 3 or 5); several share a PostgreSQL server.", HelpName = "N" };
        var command = new Command("demo", "Start a cluster of three nodes, show what it can do, verify every step and clean up.") { keep, controlPlanes };
        command.SetAction((parse, stop) => Play(parse.GetValue(controlPlanes), parse.GetValue(keep), stop));
        return command;
    }

    private static async Task<int> Play(int? controlPlanes, bool keep, CancellationToken stop)
    {
        var missing = Requirements.Missing();
        if (missing.Count > 0) throw new CommandFailedException($"The demo runs real containers:\n{string.Join('\n', missing.Select(line => $"  - {line}"))}");
        var watch = Stopwatch.StartNew();
        var folder = new ClusterFolder(Directory.CreateTempSubdirectory("actors-demo-").FullName);
        var failed = true;
        try
        {
            await Tell(folder, controlPlanes, stop);
            failed = false;
        }
        finally
        {
            if (failed && keep) Terminal.Output.MarkupLineInterpolated($"The cluster goes on: export KUBECONFIG={folder.Kubeconfig}; stop it with: actors down --data {folder.Path}");
            else await CleanUp(folder);
        }
        Terminal.Output.MarkupLineInterpolated($"[green]Everything was verified[/], in {watch.Elapsed.TotalSeconds.ToString("0", CultureInfo.InvariantCulture)} s.");
        return 0;
    }

    private static async Task Tell(ClusterFolder folder, int? controlPlanes, CancellationToken stop)
    {
        LocalCluster? cluster = null;
        var narrator = new Narrator(Terminal.Output, 1 + DemoStory.Length(controlPlanes is null or 1));
        await narrator.Step(controlPlanes is null or 1 ? "Start a control plane and three nodes" : $"Start {controlPlanes} control planes and three nodes", async () =>
        {
            cluster = await UpCommand.Up(folder, new ClusterWish(3, FreePort(), Runtime: ClusterRuntime.Containerd, ControlPlanes: controlPlanes), narrator.Fact, stop);
            narrator.Fact((await ExternalProgram.Run("kubectl", ["--kubeconfig", folder.Kubeconfig, "version"], stop: stop)).Trim().ReplaceLineEndings(", "));
        });
        await using var story = new DemoStory(cluster!, narrator);
        foreach (var (title, play) in story.Steps) await narrator.Step(title, () => play(stop));
    }

    private static async Task CleanUp(ClusterFolder folder)
    {
        await DownCommand.Down(folder, CancellationToken.None);
        Directory.Delete(folder.Path, recursive: true);
        Terminal.Output.MarkupLineInterpolated($"[green]✓[/] cleaned up: no process, network, mount or file is left");
    }

    private static int FreePort()
    {
        var port = FirstPort;
        while (!ClusterPlan.IsFree(port)) port++;
        return port;
    }
}
