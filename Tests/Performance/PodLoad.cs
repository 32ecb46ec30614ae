using System.Diagnostics;
using System.Text;

namespace Tests.Performance;

/// <summary>Pods on fake nodes: bare ones until all are bound, and those of one Deployment until all run.</summary>
public sealed class PodLoad(ControlPlaneUnderTest plane, FigureTable figures, string space)
{
    private const string PodSpec = """{"containers":[{"name":"c","image":"pause","resources":{"requests":{"cpu":"100m","memory":"100Mi"}}}],"terminationGracePeriodSeconds":0}""";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private readonly string _pods = $"/api/v1/namespaces/{space}/pods";
    private readonly string _deployments = $"/apis/apps/v1/namespaces/{space}/deployments";

    /// <summary>Creates bare pods with 64 clients and waits until a watch has shown all of them bound.</summary>
    public async Task Schedule(int pods, int nodes)
    {
        var bodies = Enumerable.Range(0, pods).Select(i => Encoding.UTF8.GetBytes(
            $$$"""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"b-{{{i}}}","labels":{"app":"b"}},"spec":{{{PodSpec}}}}""")).ToArray();
        var progress = new PodProgress(pods, untilRunning: false);
        await using var watch = await WatchedLines.Open(plane.Clients, _pods, progress.Take);
        Load? creating = null;
        var load = await Measure(pods, progress, watch, async () =>
            creating = await Load.Run(plane, 64, pods, i => plane.Clients.Send(HttpMethod.Post, _pods, bodies[i])));
        figures.Add($"schedule, {pods} pods on {nodes} nodes: create", creating!.Figure);
        figures.Add($"schedule, {pods} pods on {nodes} nodes: bound", load.Figure, ">= 1200/s", load.Cost);
        await Remove("pods", _pods + "?gracePeriodSeconds=0", pods);
    }

    /// <summary>Creates a Deployment and waits until a watch has shown all its pods Running, which the kubelet of fake nodes reports once they are bound.</summary>
    public async Task Deploy(int replicas)
    {
        var kubelet = new FakeKubelet(plane.Clients, _pods, replicas * 2);
        var progress = new PodProgress(replicas, untilRunning: true, kubelet.Run);
        await using var watch = await WatchedLines.Open(plane.Clients, _pods, progress.Take);
        var body = $$$$$"""
            {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},
             "spec":{"replicas":{{{{{replicas}}}}},"selector":{"matchLabels":{"app":"d"}},"template":{"metadata":{"labels":{"app":"d"}},"spec":{{{{{PodSpec}}}}}}}}
            """;
        var started = Stopwatch.GetTimestamp();
        var load = await Measure(replicas, progress, watch, () => plane.Clients.Send(HttpMethod.Post, _deployments, Encoding.UTF8.GetBytes(body)));
        await kubelet.Stop();
        var (now, peak) = plane.Memory;
        figures.Add(
            $"deploy, 0 -> {replicas} Running",
            $"{load.Elapsed.TotalSeconds:0.00} s (all created {Seconds(progress.Last.Created):0.00}, bound {Seconds(progress.Last.Bound):0.00})",
            "<= 2 s",
            load.Cost);
        figures.Add("memory of the control plane after that", $"{now:0} MB (at most {peak:0})", "<= 900 MB");
        await Remove("Deployment", _deployments + "/d?propagationPolicy=Background", replicas);

        double Seconds(long timestamp) => Stopwatch.GetElapsedTime(started, timestamp).TotalSeconds;
    }

    private async Task<Load> Measure(int count, PodProgress progress, WatchedLines watch, Func<Task> begin)
    {
        var (control, own, started) = (plane.ProcessorTime, Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
        await begin();
        var finished = await Task.WhenAny(progress.Done, watch.Broken, Task.Delay(Patience));
        var load = new Load(count, Stopwatch.GetElapsedTime(started), progress.Latencies, plane.ProcessorTime - control, Environment.CpuUsage.TotalTime - own);
        if (finished == watch.Broken) await watch.Broken;
        return progress.Done.IsCompleted ? load : throw await plane.Failure($"did not get all pods done: {progress}");
    }

    private async Task Remove(string what, string path, int pods)
    {
        var started = Stopwatch.GetTimestamp();
        await plane.Clients.Send(HttpMethod.Delete, path);
        while ((await plane.Clients.Read(_pods + "?limit=1")).GetProperty("items").GetArrayLength() > 0)
        {
            if (Stopwatch.GetElapsedTime(started) > Patience) throw await plane.Failure("did not remove all pods");
            await Task.Delay(50);
        }
        figures.Add($"removal of the {what}, {pods} pods", $"{Stopwatch.GetElapsedTime(started).TotalSeconds:0.00} s");
    }
}
