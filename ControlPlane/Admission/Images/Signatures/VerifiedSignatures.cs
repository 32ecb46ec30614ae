namespace ControlPlane.Admission.Images.Signatures;

/// <summary>
/// Which keys were seen to have signed which digests. Only what was found is remembered, never that something was missing: who signs and tries again is let through. A signature is of a digest, wherever
/// it was read, so this holds for all namespaces. Bounded: the oldest are forgotten. Thread-safe.
/// </summary>
internal sealed class VerifiedSignatures(ImageSignatureOptions options, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Digest, string Key), (long At, long Number)> _seen = [];
    private readonly Queue<((string Digest, string Key) What, long Number)> _order = new();
    private long _added;

    /// <summary>Remembers a signature that was just verified.</summary>
    public void Add(string digest, SigningKey key)
    {
        lock (_gate)
        {
            var what = (digest, key.Fingerprint);
            _seen[what] = (time.GetTimestamp(), ++_added);
            _order.Enqueue((what, _added));
            while (_order.Count > options.Remembered)
            {
                // What was seen again since stands further behind, too.
                var (oldest, number) = _order.Dequeue();
                if (_seen.GetValueOrDefault(oldest).Number == number) _seen.Remove(oldest);
            }
        }
    }

    /// <summary>Whether a key was seen to have signed a digest, not long ago.</summary>
    public bool Has(string digest, SigningKey key)
    {
        lock (_gate) return _seen.TryGetValue((digest, key.Fingerprint), out var seen) && time.GetElapsedTime(seen.At) < options.RememberedFor;
    }
}
