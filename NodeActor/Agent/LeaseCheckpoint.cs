using System.Collections.Immutable;
using System.Text.Json;
using Shared.Api;

namespace NodeActor.Agent;

/// <summary>
/// What an agent that starts must know of the one before it, to fence the pods that still run: until when that one held its lease, and which of its pods must not
/// run twice. Good for one boot: no container outlives its kernel.
/// </summary>
/// <param name="BootId">The boot it was written in.</param>
/// <param name="Epoch">The epoch the lease was of; only for who reads the file.</param>
/// <param name="HeldUntil">The end of the lease, in time since boot.</param>
/// <param name="FenceGrace">What the pods get between TERM and KILL.</param>
/// <param name="Exclusive">The pods.</param>
public sealed record LeaseCheckpoint(string BootId, long Epoch, TimeSpan HeldUntil, TimeSpan FenceGrace, ImmutableArray<ExclusivePod> Exclusive)
{
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this);

    /// <summary>Reads what <see cref="ToJson"/> wrote; null for anything else.</summary>
    public static LeaseCheckpoint? Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize<LeaseCheckpoint>(json) is { BootId.Length: > 0, Exclusive.IsDefault: false } read ? read : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>A pod of which there must never be two.</summary>
public sealed record ExclusivePod(string Namespace, string Name, string Uid)
{
    public static ExclusivePod Of(ObjectKey key, PodUid uid) => new(key.Namespace, key.Name, uid.Value);

    public ObjectKey ToKey() => new("", "pods", Namespace, Name);
}
