using System.CommandLine;
using ControlPlane.CommandLine.Clusters;
using Spectre.Console;

namespace ControlPlane.CommandLine;

/// <summary><c>status</c>: what runs and what is ready. Exit code 0 when all is, 1 when something is not, 3 when the cluster is down.</summary>
internal static class StatusCommand
{
    private const int Degraded = 1;
    private const int IsDown = 3;

    public static Command Build()
    {
        var data = ClusterOptions.Data();
        var command = new Command("status", "Show a cluster's processes, nodes and readiness.") { data };
        command.SetAction(async (parse, stop) =>
        {
            var folder = new ClusterFolder(parse.GetRequiredValue(data));
            if (folder.Load() is not { } cluster)
            {
                Terminal.Output.MarkupLineInterpolated($"There is no cluster in {folder.Path}. Start one with: actors up");
                return IsDown;
            }
            var state = await ClusterState.Read(new LocalCluster(folder, cluster, _ => { }), stop);
            if (!state.IsRunning)
            {
                Terminal.Output.MarkupLineInterpolated($"The cluster in {folder.Path} is down.");
                return IsDown;
            }
            Show(folder, cluster, state);
            if (state.ApiReady) await KeyRotation.Show(folder.Kubeconfig, stop);
            return state.IsComplete(cluster) ? 0 : Degraded;
        });
        return command;
    }

    private static void Show(ClusterFolder folder, ClusterDescription cluster, ClusterState state)
    {
        Terminal.Output.MarkupLine($"[bold]{cluster.Server}[/]  {Word(state.ApiReady)}   {cluster.Runtime.ToString().ToLowerInvariant()}   {Markup.Escape(folder.Path)}");
        var processes = new Table().Border(TableBorder.Simple).AddColumns("PROCESS", "PID", "LOG");
        foreach (var process in state.Processes)
        {
            processes.AddRow(Markup.Escape(process.Name), process.Pid?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "[red]not running[/]", Markup.Escape(folder.LogFile(process.Name)));
        }
        Terminal.Output.Write(processes);
        if (!cluster.IsAlone) Terminal.Output.Write(ControlPlanes(state));
        if (state.Nodes is not { } nodes) return;
        var table = new Table().Border(TableBorder.Simple).AddColumns("NODE", "STATUS", "ADDRESS", "PODS");
        foreach (var node in cluster.Nodes)
        {
            var seen = nodes.FirstOrDefault(each => each.Name == node.Name);
            table.AddRow(Markup.Escape(node.Name), seen is null ? "[red]unknown[/]" : Word(seen.Ready), node.Address, Markup.Escape(seen?.PodCidr ?? ""));
        }
        Terminal.Output.Write(table);
    }

    private static Table ControlPlanes(ClusterState state)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("CONTROL PLANE", "STATUS", "ADDRESS");
        foreach (var (member, ready) in state.ControlPlanes) table.AddRow(member.Name, Word(ready), member.Server);
        return table;
    }

    private static string Word(bool ready) => ready ? "[green]Ready[/]" : "[red]NotReady[/]";
}
