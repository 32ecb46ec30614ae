using System.Collections.Immutable;
using ControlPlane.Objects.Selectors;
using Shared.Api;

namespace ControlPlane.Objects;

/// <summary>
/// What a reconciler wants done now: commands to other objects or to its own, events to tell users, and when to look again even if
/// nothing changes. An empty plan means that all is as it should be.
/// </summary>
public sealed record Plan
{
    public static Plan Nothing { get; } = new();
    public ImmutableArray<ObjectCommand> Commands { get; init; } = [];
    public ImmutableArray<EventNote> Events { get; init; } = [];
    public TimeSpan? RequeueAfter { get; init; }

    /// <summary>The shorter of two waits; null is none.</summary>
    public static TimeSpan? Sooner(TimeSpan? one, TimeSpan? other) => one is null || other < one ? other : one;
}

/// <summary>A Kubernetes Event to record. <paramref name="Regarding"/> is what it is about; repeats are counted, not stored anew.</summary>
/// <param name="Type"><c>Normal</c> or <c>Warning</c>.</param>
/// <param name="Reason">A CamelCase word, e.g. <c>SuccessfulCreate</c>.</param>
public sealed record EventNote(ObjectReference Regarding, string Type, string Reason, string Message, string Component, string Host = "");

/// <summary>The parts of a core/v1 ObjectReference that name an object.</summary>
public sealed record ObjectReference(string ApiVersion, string Kind, string Namespace, string Name, string Uid, string FieldPath = "");

/// <summary>
/// A kind's controller. Level-triggered and idempotent: the same state gives the same plan whatever caused the call, and a plan that has been
/// carried out leads to an empty one.
/// </summary>
public interface IReconciler
{
    /// <summary>Compares the object with what the cache shows. Pure: reads only its arguments. Called again once its commands were answered
    /// and the local feed has passed all their revisions.</summary>
    Plan Reconcile(StoredObject self, IObjectView view, DateTimeOffset now);
}

/// <summary>What came of one command of a plan: carried out, or refused.</summary>
public sealed record CommandOutcome(ObjectCommand Command, ApiStatus? Refusal);

/// <summary>
/// A reconciler that tells users what came of its plan: a pod was created, or could not be. Events that are only true if a command is
/// carried out belong here; <see cref="Plan.Events"/> are recorded whatever happens.
/// </summary>
public interface IOutcomeReporter
{
    /// <summary>
    /// Called once all commands of a plan were answered: events to record, and commands (a condition that says why) whose own outcomes are
    /// not reported. Pure. After a refusal the caller lets time pass, longer with each one in a row, before it plans again.
    /// </summary>
    Plan Report(StoredObject self, IReadOnlyList<CommandOutcome> outcomes, DateTimeOffset now);
}

/// <summary>Live objects as reconcilers, the scheduler and the gateway read them: in step with one revision per call.</summary>
public interface IObjectView
{
    /// <summary>Every revision up to this one is visible.</summary>
    long Revision { get; }
    StoredObject? Get(in ObjectKey key);

    /// <summary>The number of an object's newest event that is visible, its deletion included; 0 if none is.</summary>
    long NewestSequenceNr(in ObjectKey key);

    /// <summary>The live objects of a resource in (namespace, name) order.</summary>
    ResourceSnapshot List(GroupResource resource);

    /// <summary>The live objects of a resource in one namespace, in name order.</summary>
    IReadOnlyList<StoredObject> List(GroupResource resource, string @namespace);

    /// <summary>The live objects, of any kind, that name this uid in their ownerReferences.</summary>
    IReadOnlyCollection<StoredObject> OwnedBy(string uid);

    /// <summary>The live objects of a resource in one namespace that no controller owns: what may be adopted.</summary>
    IReadOnlyCollection<StoredObject> Uncontrolled(GroupResource resource, string @namespace);

    /// <summary>The live objects of a resource in one namespace that a selector matches, in no order.</summary>
    IEnumerable<StoredObject> Selected(GroupResource resource, string @namespace, LabelSelector selector);

    /// <summary>The live pods whose spec.nodeName this is.</summary>
    IReadOnlyCollection<StoredObject> PodsOn(string nodeName);
}
