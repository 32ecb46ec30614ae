using Shared.Api;

namespace ControlPlane.Objects;

/// <summary>
/// What an object's actor decided about a command: to store an event, to leave all as it is because nothing would change, or to reject.
/// Exactly one of these three is set.
/// </summary>
public readonly record struct Decision(ObjectStored? Event, StoredObject? Unchanged, ApiStatus? Rejection)
{
    /// <summary>What is told beside; null for nothing.</summary>
    public WriteNotes? Notes { get; init; }

    public static Decision Store(ObjectStored stored) => new(stored, null, null);
    public static Decision Keep(StoredObject current) => new(null, current, null);
    public static implicit operator Decision(ApiStatus rejection) => new(null, null, rejection);
}
