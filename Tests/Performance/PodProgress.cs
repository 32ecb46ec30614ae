using System.Diagnostics;

namespace Tests.Performance;

/// <summary>
/// When pods appeared, were bound and ran, as a watch tells it. Fed by one watch, hence by one thread at a time.
/// </summary>
public sealed class PodProgress(int expected, bool untilRunning, Action<string>? bound = null)
{
    private readonly Dictionary<string, (long Created, bool Bound, bool Running)> _pods = new(expected);
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _bound;
    private int _running;

    /// <summary>Completes when all expected pods are bound or, if asked for, run.</summary>
    public Task Done => _done.Task;

    /// <summary>The time every pod took from its first event until it was bound or ran.</summary>
    public Latencies Latencies { get; } = new(expected);

    /// <summary>When the last pod appeared and the last was bound.</summary>
    public (long Created, long Bound) Last { get; private set; }

    /// <summary>Takes one line of the watch.</summary>
    public void Take(ReadOnlySpan<byte> line)
    {
        var now = Stopwatch.GetTimestamp();
        var pod = PodEvent.Parse(line);
        if (pod.Type is not ("ADDED" or "MODIFIED")) return;
        if (!_pods.TryGetValue(pod.Name, out var known))
        {
            known = (now, false, false);
            Last = Last with { Created = now };
        }
        var (wasBound, wasRunning) = (known.Bound, known.Running);
        _pods[pod.Name] = known = (known.Created, wasBound || pod.Bound, wasRunning || pod.Running);
        if (known.Bound && !wasBound)
        {
            _bound++;
            Last = Last with { Bound = now };
            bound?.Invoke(pod.Name);
            if (!untilRunning) Finished(known.Created, now, _bound);
        }
        if (known.Running && !wasRunning)
        {
            _running++;
            if (untilRunning) Finished(known.Created, now, _running);
        }
    }

    /// <summary>How far it came, for the message of a failure.</summary>
    public override string ToString() => $"{_pods.Count} created, {_bound} bound, {_running} running of {expected}";

    private void Finished(long created, long now, int count)
    {
        Latencies.Add(created, now);
        if (count == expected) _done.TrySetResult();
    }
}
