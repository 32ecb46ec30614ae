using System.Collections.Immutable;
using Shared.Api;

namespace ControlPlane.Objects;

/// <summary>
/// What an object's actor decided about a command: to store an event, to leave all as it is because nothing would change, or to reject.
/// Exactly one of these three is set.
/// </summary>
public readonly record struct Decision(ObjectStored? Event, StoredObject? Unchanged, ApiStatus? Rejection)
{
    private readonly ImmutableArray<string> _warnings;

    /// <summary>What the sender should be told, unless the command was rejected.</summary>
    public ImmutableArray<string> Warnings
    {
        get => _warnings.IsDefault ? [] : _warnings;
        init => _warnings = value;
    }

    public static Decision Store(ObjectStored stored) => new(stored, null, null);
    public static Decision Keep(StoredObject current) => new(null, current, null);
    public static implicit operator Decision(ApiStatus rejection) => new(null, null, rejection);
}
