namespace ControlPlane.Nodes.Leases;

/// <summary>
/// Knows since when this process has been awake without a break. Its beats are timers; one that comes much too late, or a reader that finds the last
/// beat much too long ago, tells that the whole process stood still: it was stopped, its machine slept, or its threads were starved. What others
/// said in that time still waits to be read, so whoever judges them by their silence counts from <see cref="AwakeSince"/>. Readers look themselves:
/// a timer of theirs may come before the first beat after a pause. Times are elapsed time of this process, which no clock change moves. Safe to
/// read from any thread.
/// </summary>
public sealed class ProcessPulse : IDisposable
{
    /// <summary>The time between two beats.</summary>
    public static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(250);

    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly long _tolerated;
    private readonly ITimer _beats;
    private long _last;
    private long _awakeSince;

    /// <param name="tolerated">A longer gap than this is a pause; some beats long, so that a busy machine is not taken for one that slept.</param>
    public ProcessPulse(TimeProvider time, TimeSpan tolerated)
    {
        (_time, _start, _tolerated) = (time, time.GetTimestamp(), Math.Max(tolerated.Ticks, 2 * Beat.Ticks));
        _beats = time.CreateTimer(_ => Look(), null, Beat, Beat);
    }

    /// <summary>Elapsed time of this process, its pauses included.</summary>
    public TimeSpan Now => _time.GetElapsedTime(_start);

    /// <summary>When the last pause ended, or zero: the process has been awake from the start.</summary>
    public TimeSpan AwakeSince
    {
        get
        {
            Look();
            return TimeSpan.FromTicks(Volatile.Read(ref _awakeSince));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _beats.Dispose();

    private void Look()
    {
        var last = Volatile.Read(ref _last);
        var now = Now.Ticks;

        // The end of the pause is visible before the beat that would hide the pause.
        if (now - last > _tolerated) Interlocked.Exchange(ref _awakeSince, now);
        if (now > last) Interlocked.CompareExchange(ref _last, now, last);
    }
}
