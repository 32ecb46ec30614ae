namespace Tests.Unit.Nodes.Leases;

/// <summary>Time that a test moves: elapsed time and the wall clock apart, and timers that fire only when the test says so.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly List<ManualTimer> _timers = [];
    private long _elapsed;
    private TimeSpan _step;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _elapsed;

    public override DateTimeOffset GetUtcNow() => NodeObjects.Start + TimeSpan.FromTicks(_elapsed) + _step;

    /// <summary>Lets time pass in small pieces, timers firing, as in a process that is awake.</summary>
    public void Pass(TimeSpan time)
    {
        for (var left = time; left > TimeSpan.Zero; left -= TimeSpan.FromMilliseconds(50))
        {
            _elapsed += Math.Min(left.Ticks, TimeSpan.FromMilliseconds(50).Ticks);
            Fire();
        }
    }

    /// <summary>Lets time pass without anything happening: the process stands still.</summary>
    public void Sleep(TimeSpan time) => _elapsed += time.Ticks;

    /// <summary>The timers that are due fire, as after a sleep.</summary>
    public void Fire()
    {
        foreach (var timer in _timers.ToArray()) timer.FireIfDue(_elapsed);
    }

    /// <summary>Sets the wall clock forth or back.</summary>
    public void Step(TimeSpan by) => _step += by;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, () => callback(state), period.Ticks, dueTime < TimeSpan.Zero ? long.MaxValue : _elapsed + dueTime.Ticks);
        _timers.Add(timer);
        return timer;
    }

    private sealed class ManualTimer(ManualTime time, Action fire, long period, long due) : ITimer
    {
        private long _due = due;
        private long _period = period;

        public void FireIfDue(long now)
        {
            if (now < _due) return;
            _due = _period < 0 ? long.MaxValue : now + _period;
            fire();
        }

        public bool Change(TimeSpan dueTime, TimeSpan newPeriod)
        {
            (_due, _period) = (dueTime < TimeSpan.Zero ? long.MaxValue : time._elapsed + dueTime.Ticks, newPeriod.Ticks);
            return true;
        }

        public void Dispose() => _due = long.MaxValue;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
