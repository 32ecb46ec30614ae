using System.Collections.Immutable;
using System.Globalization;
using ControlPlane.Objects;
using ControlPlane.Workloads.ReplicaSets;

namespace ControlPlane.Workloads.Deployments;

/// <summary>
/// A ReplicaSet of a Deployment while a plan is made: as it is, and as the plan will leave it. The changes become one patch.
/// </summary>
internal sealed class OwnedReplicaSet(StoredObject stored)
{
    private readonly Dictionary<string, string> _annotations = new(StringComparer.Ordinal);

    public StoredObject Stored => stored;
    public string Name => stored.Key.Name;
    public ReplicaSetState State { get; } = ReplicaSetState.Of(stored);
    public DateTimeOffset Created => stored.Header.CreationTimestamp;
    public bool Deleting => stored.Header.DeletionTimestamp is not null;

    /// <summary>spec.replicas, as the plan will leave it.</summary>
    public int Replicas { get; private set; } = ReplicaSetState.Of(stored).Replicas;
    public int MinReadySeconds { get; set; } = ReplicaSetState.Of(stored).MinReadySeconds;
    public IReadOnlyDictionary<string, string> ChangedAnnotations => _annotations;

    /// <summary>Pods that are surely available: what the status says, but never more than are asked for.</summary>
    public int Available => Math.Min(State.AvailableReplicas, Replicas);

    /// <summary>
    /// Whether its pods may be more than its spec and status tell: a change of its spec has not been seen by its controller yet, or surplus pods
    /// are still there.
    /// </summary>
    public bool Unsettled => State.ObservedGeneration < stored.Header.Generation || State.StatusReplicas > State.Replicas;

    public string? Annotation(string name) => _annotations.TryGetValue(name, out var changed) ? changed : State.Annotations.GetValueOrDefault(name);

    public void Annotate(string name, string value)
    {
        if (Annotation(name) != value) _annotations[name] = value;
    }

    /// <summary>Sets the size and the annotations that proportional scaling goes by.</summary>
    /// <returns>Whether the size changed.</returns>
    public bool Scale(int replicas, RolloutBudget budget)
    {
        var changed = replicas != Replicas;
        Replicas = replicas;
        Annotate(RevisionAnnotations.DesiredReplicas, budget.Replicas.ToString(CultureInfo.InvariantCulture));
        Annotate(RevisionAnnotations.MaxReplicas, budget.MaxTotal.ToString(CultureInfo.InvariantCulture));
        return changed;
    }

    /// <summary>The patch that leaves the set as planned; null if it is that already.</summary>
    public PatchObject? ToCommand(Requester by)
    {
        if (Replicas == State.Replicas && MinReadySeconds == State.MinReadySeconds && _annotations.Count == 0) return null;
        var patch = new ReplicaSetPatch(State.Replicas, Replicas, MinReadySeconds, _annotations.ToImmutableDictionary());
        return new(stored.Key, patch, "", by) { Preconditions = new(stored.Uid) };
    }
}
