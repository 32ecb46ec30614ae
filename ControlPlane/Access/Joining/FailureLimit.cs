using System.Net;

namespace ControlPlane.Access.Joining;

/// <summary>
/// How often an address may fail before it has to wait: tokens can't be guessed by trying. Remembers a bounded number of addresses; a flood from more than that makes all of those
/// wait that are not known to be good.
/// </summary>
public sealed class FailureLimit(TimeProvider time)
{
    /// <summary>Failures that an address has within <see cref="Window"/>.</summary>
    public const int Most = 5;

    /// <summary>How many addresses are remembered.</summary>
    public const int MostAddresses = 1024;

    /// <summary>How long a failure counts.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, Failures> _failures = [];

    /// <summary>Seconds an address has to wait before it may try again; 0: it may.</summary>
    public int Wait(IPAddress address)
    {
        lock (_gate)
        {
            if (_failures.TryGetValue(address, out var failed)) return failed.Count < Most ? 0 : Left(failed);
            Forget();
            return _failures.Count < MostAddresses ? 0 : (int)Window.TotalSeconds;
        }
    }

    /// <summary>An address has failed.</summary>
    public void Failed(IPAddress address)
    {
        lock (_gate)
        {
            Forget();
            var known = _failures.TryGetValue(address, out var failed);
            if (!known && _failures.Count >= MostAddresses) return;
            _failures[address] = known ? failed with { Count = failed.Count + 1 } : new(1, time.GetTimestamp());
        }
    }

    private int Left(Failures failed) => (int)Math.Max(0, Math.Ceiling((Window - time.GetElapsedTime(failed.First)).TotalSeconds));

    private void Forget()
    {
        foreach (var (address, _) in _failures.Where(each => time.GetElapsedTime(each.Value.First) >= Window).ToArray()) _failures.Remove(address);
    }

    private readonly record struct Failures(int Count, long First);
}
