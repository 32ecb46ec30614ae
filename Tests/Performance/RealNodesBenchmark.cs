using System.Diagnostics;
using System.Globalization;
using ControlPlane.CommandLine.Clusters;
using Tests.EndToEnd.CommandLine;
using Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace Tests.Performance;

/// <summary>
/// What a user of <c>./actors up</c> waits for, with three nodes and real containers whose image is present, timed through the API: from the
/// create until every pod is Ready. And what it all costs when nothing happens.
/// </summary>
[Trait("Category", "Performance")]
[Collection(nameof(AloneOnTheMachine))]
public sealed class RealNodesBenchmark(ITestOutputHelper output)
{
    private const int Nodes = 3;
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Observed = TimeSpan.FromSeconds(30);
    private readonly FigureTable _figures = new(output);

    [RootFact]
    public async Task Pods_start_on_fresh_nodes_and_later()
    {
        await using var cluster = new TemporaryCluster();
        await cluster.Up(Nodes);
        var workloads = new TimedWorkloads(cluster.Folder);

        var first = new List<double>();
        for (var node = 1; node <= Nodes; node++) first.Add((await workloads.Pod($"first-{node}", $"node-{node}")).TotalSeconds);
        var later = new List<double>();
        for (var i = 0; i < 8; i++) later.Add((await workloads.Pod($"later-{i}", $"node-{1 + (i % Nodes)}")).TotalSeconds);
        _figures.Add("one pod, the first of a fresh node", $"{first.Max():0.00} s (slowest of {Nodes})", "<= 1 s");
        _figures.Add("one pod, later", $"{Median(later):0.000} s (median of {later.Count})", "<= 0.3 s");
        var three = new List<double>();
        for (var i = 0; i < 3; i++) three.Add((await workloads.Deployment(3)).Ready.TotalSeconds);
        _figures.Add("Deployment of 3", $"{Median(three):0.00} s (median of 3)", "<= 0.7 s");
    }

    [RootFact]
    public async Task Deployments_of_thirty_on_a_fresh_cluster_and_later_and_what_it_costs_to_keep_them()
    {
        await using var cluster = new TemporaryCluster();
        await cluster.Up(Nodes);
        var workloads = new TimedWorkloads(cluster.Folder);

        var first = await workloads.Deployment(30);
        var later = new List<double>();
        for (var i = 0; i < 3; i++) later.Add((await workloads.Deployment(30)).Ready.TotalSeconds);
        _figures.Add("Deployment of 30, the first of a fresh cluster", $"{first.Ready.TotalSeconds:0.00} s", "<= 1.2 x later");
        _figures.Add("Deployment of 30, later", $"{Median(later):0.00} s (median of 3)");
        _figures.Add("Deployment of 30, deleted until gone", $"{first.Gone.TotalSeconds:0.00} s");

        await workloads.Deployment(30, keep: true);
        await Task.Delay(Settling);
        var processes = BackgroundProcess.Recorded(cluster.Folder).Where(process => process.Running is not null).ToDictionary(process => process.Name, process => process.Running!.Value.Pid);
        var before = processes.ToDictionary(process => process.Key, process => Used(process.Value));
        var watch = Stopwatch.StartNew();
        await Task.Delay(Observed);
        double Share(string name) => (Used(processes[name]) - before[name]).TotalSeconds / watch.Elapsed.TotalSeconds * 100;
        var agents = processes.Keys.Where(name => name.EndsWith("-agent", StringComparison.Ordinal)).ToArray();
        _figures.Add("idle control plane, 30 pods", $"{Share(ClusterProcesses.ControlPlane):0.0} % of a core, {Memory(processes[ClusterProcesses.ControlPlane]):0} MB", "<= 2 %");
        _figures.Add("idle agent, 10 pods", $"{agents.Max(Share):0.0} % of a core, {agents.Max(name => Memory(processes[name])):0} MB (largest of {agents.Length})", "<= 1 %, 100 MB");
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static TimeSpan Used(int pid)
    {
        using var process = Process.GetProcessById(pid);
        return process.TotalProcessorTime;
    }

    private static double Memory(int pid) => double.Parse(
        File.ReadLines($"/proc/{pid}/status").Single(line => line.StartsWith("VmRSS:", StringComparison.Ordinal))["VmRSS:".Length..].Replace("kB", "", StringComparison.Ordinal),
        CultureInfo.InvariantCulture) / 1000;
}
