namespace Tests.Support;

/// <summary>The machine's time with a wall clock that a test can set, and elapsed time that a test can make jump, as if the process had stood still.</summary>
public sealed class SteppedTime : TimeProvider
{
    private long _step;
    private long _slept;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromTicks(Volatile.Read(ref _step));

    public override long GetTimestamp() => base.GetTimestamp() + Volatile.Read(ref _slept);

    /// <summary>Sets the wall clock forth, or back.</summary>
    public void Step(TimeSpan by) => Interlocked.Add(ref _step, by.Ticks);

    /// <summary>Lets time pass at once.</summary>
    public void Sleep(TimeSpan time) => Interlocked.Add(ref _slept, (long)(time.TotalSeconds * TimestampFrequency));
}
