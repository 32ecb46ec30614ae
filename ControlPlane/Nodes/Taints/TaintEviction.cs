using System.Collections.Immutable;
using ControlPlane.Objects;

namespace ControlPlane.Nodes.Taints;

/// <summary>
/// Which pods a node's NoExecute taints drive away now, and when the next one is due. Kubernetes' rule: a pod stays only if it tolerates every such taint,
/// and no longer than the shortest <c>tolerationSeconds</c> among the tolerations it needs, counted from when that taint was added.
/// </summary>
/// <param name="Due">Pods to delete now, in the order given.</param>
/// <param name="Next">When the next tolerated pod is due; null: none ever.</param>
public sealed record TaintEviction(ImmutableArray<StoredObject> Due, DateTimeOffset? Next)
{
    public static TaintEviction Nothing { get; } = new([], null);

    /// <param name="taints">The node's taints; those of other effects are passed over.</param>
    /// <param name="pods">The pods bound to the node.</param>
    /// <param name="now">A taint without timeAdded counts as added now.</param>
    public static TaintEviction Plan(IEnumerable<Taint> taints, IEnumerable<StoredObject> pods, DateTimeOffset now)
    {
        var executing = taints.Where(taint => taint.Effect == TaintEffect.NoExecute).ToArray();
        if (executing.Length == 0) return Nothing;
        var due = ImmutableArray.CreateBuilder<StoredObject>();
        DateTimeOffset? next = null;
        foreach (var pod in pods)
        {
            if (pod.Header.DeletionTimestamp is not null) continue;
            var until = StaysUntil(executing, Toleration.Of(pod), now);
            if (until <= now) due.Add(pod);
            else if (until < (next ?? DateTimeOffset.MaxValue)) next = until;
        }
        return new(due.DrainToImmutable(), next);
    }

    private static DateTimeOffset StaysUntil(Taint[] taints, IReadOnlyList<Toleration> tolerations, DateTimeOffset now)
    {
        var until = DateTimeOffset.MaxValue;
        foreach (var taint in taints)
        {
            var toleration = tolerations.FirstOrDefault(candidate => candidate.Tolerates(taint));
            if (toleration is null) return DateTimeOffset.MinValue;
            if (toleration.Seconds is not { } seconds) continue;
            if (seconds <= 0) return DateTimeOffset.MinValue;
            var added = taint.TimeAdded ?? now;
            // As long as the calendar is, then for ever.
            var end = seconds > (DateTimeOffset.MaxValue - added).TotalSeconds - 1 ? DateTimeOffset.MaxValue : added.AddSeconds(seconds);
            if (end < until) until = end;
        }
        return until;
    }
}
