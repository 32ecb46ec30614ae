using System.Text.Json.Nodes;
using ControlPlane.Objects.FieldManagement;

namespace ControlPlane.Objects;

/// <summary>What a write does, as admission sees it: Kubernetes' <c>Operation</c>. A patch is an update.</summary>
public enum WriteOperation { Create, Update, Delete }

/// <summary>
/// A write that was computed and is not admitted yet. It belongs to one at a time: the object's actor, or the admission step that has been asked and has not
/// answered.
/// </summary>
/// <param name="kind">The stored version of the object's kind.</param>
/// <param name="state">The live object; null for a create.</param>
/// <param name="command">What was asked for.</param>
/// <param name="operation">What it does to the object, or, with a subresource, to that.</param>
/// <param name="object">The object as it will be: with a delete, what is left of it while something holds it.</param>
/// <param name="now">The time of the write.</param>
public sealed class PendingWrite(KindDefinition kind, StoredObject? state, ObjectCommand command, WriteOperation operation, JsonObject @object, DateTimeOffset now)
{
    private JsonObject? _current;

    public KindDefinition Kind => kind;
    public StoredObject? State => state;
    public ObjectCommand Command => command;
    public WriteOperation Operation => operation;

    /// <summary>"", "status", "approval", "scale", "binding" or "eviction".</summary>
    public string Subresource { get; init; } = "";

    /// <summary>The new object: a mutating step may change it.</summary>
    public JsonObject Object => @object;

    public DateTimeOffset Now => now;

    /// <summary>How the write is recorded.</summary>
    public required string Verb { get; init; }

    /// <summary>Whether it is a change of the control plane's own making, which needs no defaults and no validation.</summary>
    public bool Trusted { get; init; }

    /// <summary>The number of the object's last event, its deletion included; the write's own is the next. 0 where there was none.</summary>
    public long SequenceNr { get; set; }

    /// <summary>What is told beside its outcome; null for nothing.</summary>
    public WriteNotes? Notes { get; set; }

    /// <summary>Who had which fields before, where that is not what stands beside <see cref="State"/>: a client may name it.</summary>
    internal ManagedFields? ManagedBefore { get; init; }

    /// <summary>Who has which fields afterwards, where that is decided: by an apply.</summary>
    internal ManagedFields? Managed { get; init; }

    /// <summary>A tree of <see cref="State"/>, for reading; null for a create.</summary>
    public JsonObject? Current => _current ??= state?.ToJsonObject();

    /// <summary>The new object's uid.</summary>
    public string Uid => state?.Uid ?? command switch { CreateObject create => create.Uid, ApplyObject apply => apply.Uid, _ => "" };
}

/// <summary>What a command comes to: a write to be admitted, or a decision at once.</summary>
public readonly record struct Proposal(PendingWrite? Write, Decision Decided)
{
    public static implicit operator Proposal(PendingWrite write) => new(write, default);
    public static implicit operator Proposal(Decision decided) => new(null, decided);
    public static implicit operator Proposal(Shared.Api.ApiStatus rejection) => new(null, rejection);
}
