using System.Diagnostics;

namespace Tests.Performance;

/// <summary>Durations of one kind, and their quantiles. Room for all of them is made before, so that noting one costs nothing and needs no lock.</summary>
public sealed class Latencies(int capacity)
{
    private readonly long[] _ticks = new long[capacity];
    private int _count;
    private bool _sorted;

    /// <summary>How many were noted.</summary>
    public int Count => Math.Min(Volatile.Read(ref _count), _ticks.Length);

    /// <summary>Notes the time from <paramref name="started"/>, a value of <see cref="Stopwatch.GetTimestamp"/>, until <paramref name="ended"/>. What exceeds the capacity is dropped.</summary>
    /// <returns>How many there are now.</returns>
    public int Add(long started, long ended)
    {
        var index = Interlocked.Increment(ref _count) - 1;
        if (index < _ticks.Length) _ticks[index] = ended - started;
        return index + 1;
    }

    /// <summary>The duration, in milliseconds, that the given part of all does not exceed; 0 if there are none. To be called when nothing more is added.</summary>
    public double Milliseconds(double quantile)
    {
        if (Count == 0) return 0;
        if (!_sorted) Array.Sort(_ticks, 0, Count);
        _sorted = true;
        return _ticks[(int)(quantile * (Count - 1))] * 1000.0 / Stopwatch.Frequency;
    }
}
