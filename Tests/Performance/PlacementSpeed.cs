using ControlPlane.Objects;
using ControlPlane.Scheduling;
using Tests.Unit.Scheduling;
using Xunit;
using Xunit.Abstractions;

namespace Tests.Performance;

/// <summary>
/// What placing a pod costs the scheduler itself, in processor time of this process: reading it, deciding, assuming and taking note of the bind. Prints figures and asserts only
/// that all pods were placed. Run with <c>--filter Category=Performance</c>.
/// </summary>
[Trait("Category", "Performance")]
[Collection(nameof(AloneOnTheMachine))]
public sealed class PlacementSpeed(ITestOutputHelper output)
{
    [Theory]
    [InlineData(1000, 5000, false)]
    [InlineData(1000, 5000, true)]
    [InlineData(5000, 5000, true)]
    public void Placing_many_pods_on_many_nodes(int nodes, int pods, bool owned)
    {
        for (var warm = 0; warm < 3; warm++) Measure(nodes, pods / 2, owned);
        var (each, bytes) = Measure(nodes, pods, owned);
        new FigureTable(output).Add($"scheduler alone, {pods} pods on {nodes} nodes{(owned ? ", one owner" : "")}", $"{each.TotalMicroseconds:0.0} us CPU and {bytes} bytes a pod");
    }

    private static (TimeSpan Each, long Bytes) Measure(int nodes, int pods, bool owned)
    {
        var now = DateTimeOffset.UnixEpoch;
        var state = new SchedulerState(new SchedulerOptions { MaxBindsInFlight = int.MaxValue });
        for (var i = 0; i < nodes; i++) state.NodeChanged(Some.Node($"node-{i}", "32", "64Gi", "110", $"zone-{i % 3}"), deleted: false, now);
        var pending = Enumerable.Range(0, pods).Select(i => Some.Pod($"pod-{i}", "100m", "100Mi", owned ? "rs" : "")).ToArray();
        var bound = new StoredObject[pods];
        foreach (var pod in pending) _ = pod.Header;
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var started = Environment.CpuUsage.TotalTime;
        var placed = 0;
        foreach (var pod in pending) state.PodChanged(pod, deleted: false, now);
        while (state.Next(now) is { Node: not null }) placed++;
        var elapsed = Environment.CpuUsage.TotalTime - started;
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        for (var i = 0; i < pods; i++) bound[i] = Some.Changed(pending[i], json => json["spec"]!["nodeName"] = state.Layout.Placed(pending[i].Key)!.Node.Name);
        started = Environment.CpuUsage.TotalTime;
        foreach (var pod in bound) state.BindAccepted(pod, now);
        elapsed += Environment.CpuUsage.TotalTime - started;
        Assert.Equal((pods, 0), (placed, state.BindsInFlight));
        return (elapsed / pods, allocated / pods);
    }
}
