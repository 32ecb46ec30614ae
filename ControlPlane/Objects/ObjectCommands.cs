using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Shared.Api;

namespace ControlPlane.Objects;

/// <summary>Who asks for a write: becomes the <see cref="WriteAudit"/> of what it stores.</summary>
public sealed record Requester(string User, string Manager, ImmutableArray<string> Groups)
{
    /// <summary>What tells the user from another of the same name; empty where nobody gave one.</summary>
    public string Uid { get; init; } = "";

    /// <summary>What else is known of the user: a key with several values stands there as often.</summary>
    public ImmutableArray<KeyValuePair<string, string>> Extra { get; init; } = [];

    /// <summary>A part of the control plane acting for itself, e.g. <c>deployment-controller</c>.</summary>
    public static Requester Controller(string name) => new($"system:{name}", name, ["system:masters"]);
}

/// <summary>
/// A command to the actor of one object. Answered by an <see cref="ObjectResult"/>, always. It is data, and so is all that it holds: it means the same in
/// whatever process the object's actor lives.
/// </summary>
public abstract record ObjectCommand(ObjectKey Key, Requester By)
{
    /// <summary>Decide, answer what would have been stored, store nothing.</summary>
    public bool DryRun { get; init; }

    /// <summary>
    /// Tells the command from all others however often and by whatever way it comes: its event carries the number, so a repeat is answered with what the first one
    /// made. 0: it is never sent twice, or does no harm then.
    /// </summary>
    public long Id { get; init; }

    /// <summary>The revision its sender had seen when it sent it first: what it made, if anything, was committed later. 0: not told.</summary>
    public long Since { get; init; }

    /// <summary>The revision from which on the object must be known to whoever decides: a refusal then is none of a state that was over before.</summary>
    public long AtRevision { get; init; }
}

/// <summary>What the object must be for the command to apply; a null member asks for nothing.</summary>
public sealed record Preconditions(string? Uid = null, long? ResourceVersion = null);

/// <summary>
/// Creates the object. <paramref name="Object"/> is decoded but neither defaulted nor validated; its name and namespace become those of the key. The uid
/// comes with the command, so that a repeat of it is answered with the object it made and not with AlreadyExists.
/// </summary>
public sealed record CreateObject(ObjectKey Key, JsonBytes Object, Requester By) : ObjectCommand(Key, By)
{
    public string Uid { get; init; } = Guid.NewGuid().ToString();
}

/// <summary>Replaces the object, or the part that <paramref name="Subresource"/> ("" or "status") stands for.</summary>
public sealed record UpdateObject(ObjectKey Key, JsonBytes Object, string Subresource, Requester By) : ObjectCommand(Key, By)
{
    public Preconditions Preconditions { get; init; } = new();
}

/// <summary>
/// A change computed inside the actor, against the state it finds there: concurrent ones never conflict. <paramref name="Subresource"/> is "", "status" or
/// "scale".
/// </summary>
public sealed record PatchObject(ObjectKey Key, IObjectPatch Patch, string Subresource, Requester By) : ObjectCommand(Key, By)
{
    public Preconditions Preconditions { get; init; } = new();

    /// <summary>The version of the kind that the patch is written for; null for the stored one.</summary>
    public KindVersion? Version { get; init; }
}

/// <summary>
/// Server-side apply: merges what a field manager wants into the object, or creates it. <paramref name="Config"/> is decoded, in the stored version, and neither
/// defaulted nor validated. <paramref name="Subresource"/> is "", "status" or "scale".
/// </summary>
public sealed record ApplyObject(ObjectKey Key, JsonBytes Config, string Subresource, Requester By) : ObjectCommand(Key, By)
{
    /// <summary>The uid of the object if there is none yet; see <see cref="CreateObject"/>.</summary>
    public string Uid { get; init; } = Guid.NewGuid().ToString();

    /// <summary>Whether to take over fields that others have.</summary>
    public bool Force { get; init; }

    /// <summary>Why no object may be created; null if it may.</summary>
    public ApiStatus? NoCreation { get; init; }
}

/// <summary>A version of a kind.</summary>
public sealed record KindVersion(string Group, string Version, string Kind);

/// <summary>A pure change of an object's tree: a client's patch or one of the control plane's own. Patches are sealed records and, as commands, data.</summary>
public interface IObjectPatch
{
    /// <summary>Whether the patch speaks of <c>metadata.managedFields</c>, which objects have only for who asks.</summary>
    bool SeesManagedFields => false;

    /// <summary>
    /// The changed object, which may be <paramref name="current"/> itself, changed in place. Of a rejected patch the result is the rejection.
    /// </summary>
    /// <param name="current">A tree of the current object that the patch may change.</param>
    /// <param name="kind">The object's kind, in the version the patch is written for.</param>
    PatchOutcome Apply(JsonObject current, KindDefinition kind);
}

/// <summary>What a patch made: an object and what its sender should be told about it, or a rejection.</summary>
public readonly record struct PatchOutcome(JsonObject? Object, ApiStatus? Rejection)
{
    private readonly ImmutableArray<string> _warnings;

    /// <summary>The top-level members that may differ from the object's, all others being surely as they were; null for any.</summary>
    public IReadOnlySet<string>? Touched { get; init; }

    public ImmutableArray<string> Warnings
    {
        get => _warnings.IsDefault ? [] : _warnings;
        init => _warnings = value;
    }

    public static implicit operator PatchOutcome(JsonObject patched) => new(patched, null);
    public static implicit operator PatchOutcome(ApiStatus rejection) => new(null, rejection);
}

/// <summary>How dependents are treated: Kubernetes' <c>DeletionPropagation</c>.</summary>
public enum Propagation { Background, Foreground, Orphan }

/// <summary>
/// Deletes the object: at once, or, where finalizers or a grace period hold it, by setting its deletionTimestamp.
/// <paramref name="GraceSeconds"/> null takes the kind's default.
/// </summary>
public sealed record DeleteObject(ObjectKey Key, long? GraceSeconds, Propagation Propagation, Requester By) : ObjectCommand(Key, By)
{
    public Preconditions Preconditions { get; init; } = new();

    /// <summary>"", or "eviction" if the delete was asked for by one.</summary>
    public string Subresource { get; init; } = "";
}

/// <summary>Places a pod. Refused if the pod is bound, being deleted or not the one with this uid.</summary>
public sealed record BindPod(ObjectKey Key, PodUid Uid, NodeName Node, Requester By) : ObjectCommand(Key, By);

/// <summary>
/// Makes sure that nothing comes of the command with this <see cref="ObjectCommand.Id"/> any more: its sender was told that nothing had, and copies of it may still be
/// on their way. Stores what there is once more, under that number: who writes the object later knows it. Answered by <see cref="CommandWithdrawn"/>, or by what the
/// command did if it had been carried out already.
/// </summary>
public sealed record WithdrawCommand(ObjectKey Key, Requester By) : ObjectCommand(Key, By)
{
    /// <summary>The verb that its event is recorded with.</summary>
    public const string Verb = "withdraw";
}

/// <summary>
/// Compare the object with what it depends on and act. Sent when something it depends on was committed; may be lost or doubled.
/// <paramref name="AtRevision"/> is the revision the local feed must have reached first. Has no reply.
/// </summary>
public sealed record Reconcile(ObjectKey Key, long AtRevision);

/// <summary>The answer to an <see cref="ObjectCommand"/>.</summary>
public abstract record ObjectResult(ObjectKey Key)
{
    /// <summary>What is told beside; null for nothing.</summary>
    public WriteNotes? Notes { get; init; }
}

/// <summary>
/// The command was carried out (with DryRun: would have been). <paramref name="Object"/> is the version now current, or the last one of a
/// deleted object (<paramref name="Deleted"/>). If nothing had to change it is the version there was.
/// </summary>
public sealed record ObjectAccepted(StoredObject Object, bool Deleted) : ObjectResult(Object.Key)
{
    /// <summary>Nothing had to change, and nothing was stored.</summary>
    public bool Unchanged { get; init; }
}

/// <summary>The command was not carried out and will not be.</summary>
public sealed record CommandWithdrawn(ObjectKey Key) : ObjectResult(Key);

/// <summary>The command was not carried out, or nobody knows whether it was: <see cref="Fate"/> says.</summary>
public sealed record ObjectRejected(ObjectKey Key, ApiStatus Status) : ObjectResult(Key)
{
    public WriteFate Fate { get; init; }
}

/// <summary>What is known of a write that was not accepted.</summary>
public enum WriteFate
{
    /// <summary>It was decided: nothing was stored, and to ask again brings the same answer as long as the object is as it is.</summary>
    Refused,

    /// <summary>It was not decided, and surely not stored: another writer was faster, or its actor ended. It may be sent again.</summary>
    NotStored,

    /// <summary>It may have been stored, or be stored yet. A repeat with its <see cref="ObjectCommand.Id"/> finds out.</summary>
    Unknown,
}
