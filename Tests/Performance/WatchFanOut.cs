using System.Buffers.Text;
using System.Diagnostics;
using System.Text;

namespace Tests.Performance;

/// <summary>How long after a write is sent the watchers read of it. Writer and watchers are one process and share its clock.</summary>
public static class WatchFanOut
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Creates <paramref name="writes"/> ConfigMaps, 5 ms apart, before the eyes of <paramref name="watchers"/> watchers.</summary>
    public static async Task Run(ControlPlaneUnderTest plane, FigureTable figures, string collection, int watchers, int writes)
    {
        var clients = plane.Clients;
        var latencies = new Latencies(watchers * writes);
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var open = await Task.WhenAll(Enumerable.Range(0, watchers).Select(_ => WatchedLines.Open(clients, collection, Seen)));
        var (control, own) = (plane.ProcessorTime, Environment.CpuUsage.TotalTime);
        for (var i = 0; i < writes; i++)
        {
            var body = $$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"w-{{{i}}}"},"data":{"sent":"{{{Stopwatch.GetTimestamp()}}}"}}""";
            await clients.Send(HttpMethod.Post, collection, Encoding.UTF8.GetBytes(body));
            await Task.Delay(5);
        }
        var broken = Task.WhenAny(open.Select(watch => watch.Broken)).Unwrap();
        var finished = await Task.WhenAny(done.Task, broken, Task.Delay(Patience));
        var load = new Load(writes, Patience, latencies, plane.ProcessorTime - control, Environment.CpuUsage.TotalTime - own);
        if (finished == broken) await broken;
        if (latencies.Count != watchers * writes) throw await plane.Failure($"let its watchers see {latencies.Count} events of {watchers * writes}");
        foreach (var watch in open) await watch.DisposeAsync();
        figures.Add(
            $"watch, {watchers} watchers, {writes} writes",
            $"p50 {latencies.Milliseconds(.5):0.0} ms   p99 {latencies.Milliseconds(.99):0.0} ms   max {latencies.Milliseconds(1):0.0} ms",
            "p99 <= 10 ms",
            load.Cost);
        await clients.Send(HttpMethod.Delete, collection);

        void Seen(ReadOnlySpan<byte> line)
        {
            var now = Stopwatch.GetTimestamp();
            var sent = line.IndexOf("\"sent\":\""u8);
            if (sent < 0 || line.IndexOf("\"ADDED\""u8) < 0 || !Utf8Parser.TryParse(line[(sent + 8)..], out long ticks, out _)) return;
            if (latencies.Add(ticks, now) == watchers * writes) done.TrySetResult();
        }
    }
}
