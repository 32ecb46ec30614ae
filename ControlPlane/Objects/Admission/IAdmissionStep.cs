using Shared.Api;

namespace ControlPlane.Objects.Admission;

/// <summary>Where a step stands: mutating steps come before defaults and validation, validating ones after.</summary>
public enum AdmissionPhase { Mutating, Validating }

/// <summary>
/// Has a say in every write of the objects it applies to, whoever asks for it: clients, controllers, the scheduler, nodes. It is asked by the object's actor,
/// one write of an object at a time; while it thinks, that object's later commands wait and all other objects go on. Steps are shared by all objects, so they
/// keep nothing about any.
/// </summary>
public interface IAdmissionStep
{
    /// <summary>What it is called in logs and in refusals when it does not answer.</summary>
    string Name { get; }

    AdmissionPhase Phase { get; }

    /// <summary>Whether it wants to see this write. Asked for each: it must be cheap.</summary>
    bool AppliesTo(PendingWrite write);

    /// <summary>
    /// Admits or refuses. A mutating step changes the write's object in place. A step that can answer at once does so synchronously. A dry run must leave
    /// nothing behind. After <paramref name="stop"/> is signalled nobody waits for the answer any more, and the write is refused.
    /// </summary>
    ValueTask<AdmissionOutcome> Admit(PendingWrite write, CancellationToken stop);
}

/// <summary>What a step says of a write. The default value admits it as it is.</summary>
public readonly record struct AdmissionOutcome(ApiStatus? Rejection)
{
    /// <summary>The write is admitted and was changed: defaults are applied again.</summary>
    public static AdmissionOutcome Changed { get; } = new() { IsChanged = true };

    public bool IsChanged { get; init; }

    /// <summary>What was taken hold of for the write and depends on how it ends; null for nothing.</summary>
    public IReservation? Reservation { get; init; }

    /// <summary>What is told beside, of a refusal too; null for nothing.</summary>
    public WriteNotes? Notes { get; init; }

    public static implicit operator AdmissionOutcome(ApiStatus rejection) => new(rejection);
}

/// <summary>
/// What a step took hold of for a write: an address, a part of a quota. It is told how the write ended, unless that is not known (the journal did not answer,
/// the process died): what it holds must sort itself out then.
/// </summary>
public interface IReservation
{
    /// <summary>The write was stored. Its answer waits until this completes, for a bounded time.</summary>
    /// <param name="stored">The new version, or the last one of a deleted object.</param>
    /// <param name="deleted">Whether it was deleted.</param>
    ValueTask Stored(StoredObject stored, bool deleted);

    /// <summary>The write was refused, was a dry run or changed nothing.</summary>
    ValueTask Refused();
}
