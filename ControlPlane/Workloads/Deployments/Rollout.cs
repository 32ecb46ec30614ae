using ControlPlane.Objects;

namespace ControlPlane.Workloads.Deployments;

/// <summary>
/// A Deployment and its ReplicaSets while a plan is made: the current one, whose template is the Deployment's, and the old ones, oldest first.
/// </summary>
internal sealed class Rollout
{
    public Rollout(DeploymentState deployment, IEnumerable<StoredObject> sets)
    {
        Deployment = deployment;
        All = [.. sets.Select(set => new OwnedReplicaSet(set)).OrderBy(set => set.Created).ThenBy(set => set.Name, StringComparer.Ordinal)];
        Current = All.FirstOrDefault(set => set.State.PodTemplate.Equals(deployment.PodTemplate));
        Old = [.. All.Where(set => set != Current)];
    }

    public DeploymentState Deployment { get; }
    public RolloutBudget Budget => Deployment.Budget;
    public IReadOnlyList<OwnedReplicaSet> All { get; }

    /// <summary>The set of the Deployment's template. Null if there is none yet.</summary>
    public OwnedReplicaSet? Current { get; }
    public IReadOnlyList<OwnedReplicaSet> Old { get; }
    public IEnumerable<OwnedReplicaSet> Active => All.Where(set => set.Replicas > 0);
    public int TotalReplicas => All.Sum(set => set.Replicas);
    public long NewestRevision => Old.Select(RevisionAnnotations.Of).DefaultIfEmpty().Max() + 1;

    /// <summary>
    /// Whether there may be more pods than the sets' specs say. Adding pods now could exceed the surge; the sets' controllers settle it in a moment,
    /// and their status tells.
    /// </summary>
    public bool Unsettled => All.Any(set => set.Unsettled);

    /// <summary>Whether a set in use was last sized for another number of replicas: the Deployment was scaled.</summary>
    public bool WasScaled => Active.Any(set => RevisionAnnotations.Number(set, RevisionAnnotations.DesiredReplicas) is { } desired && desired != Deployment.Replicas);

    /// <summary>The size the current set may grow to now, within the surge; its present size if it may not grow.</summary>
    public int NextSizeOfCurrent()
    {
        var present = Current?.Replicas ?? 0;
        if (!Deployment.Rolling) return Deployment.Replicas;
        var room = Math.Min(Budget.MaxTotal - TotalReplicas, Deployment.Replicas - present);
        return room > 0 ? present + room : present;
    }

    /// <summary>The size a set made now starts with. Where old pods may still be more than their sets say, it starts with none.</summary>
    public int SizeOfNew() => Deployment.Rolling && Unsettled ? 0 : NextSizeOfCurrent();
}
