using System.Diagnostics;

namespace Tests.Performance;

/// <summary>What a number of operations took: in all, each, and of the processors of either side.</summary>
public sealed record Load(int Count, TimeSpan Elapsed, Latencies Latencies, TimeSpan ControlPlane, TimeSpan Clients)
{
    public double Rate => Count / Elapsed.TotalSeconds;

    /// <summary>The processor time of one operation, in the control plane and in the clients.</summary>
    public string Cost => FormattableString.Invariant($"{ControlPlane.TotalMicroseconds / Count:0} us CPU an operation, clients {Clients.TotalMicroseconds / Count:0}");

    /// <summary>Runs operations 0 to <paramref name="count"/> - 1, each once, in as many loops as there are clients. Fails with the first that fails.</summary>
    public static async Task<Load> Run(ControlPlaneUnderTest plane, int clients, int count, Func<int, Task> operation)
    {
        var latencies = new Latencies(count);
        var next = -1;
        var (control, own, started) = (plane.ProcessorTime, Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
        await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(Loop)));
        return new(count, Stopwatch.GetElapsedTime(started), latencies, plane.ProcessorTime - control, Environment.CpuUsage.TotalTime - own);

        async Task Loop()
        {
            for (var i = Interlocked.Increment(ref next); i < count; i = Interlocked.Increment(ref next))
            {
                var begun = Stopwatch.GetTimestamp();
                await operation(i);
                latencies.Add(begun, Stopwatch.GetTimestamp());
            }
        }
    }

    /// <summary>The rate and latencies, as a figure.</summary>
    public FormattableString Figure => $"{Rate,8:0}/s   p50 {Latencies.Milliseconds(.5):0.0} ms   p99 {Latencies.Milliseconds(.99):0.0} ms";
}
