using System.Collections.Immutable;

namespace ControlPlane.Nodes.Taints;

/// <summary>The taints that follow from a node's conditions, as Kubernetes' node lifecycle controller sets them.</summary>
public static class ConditionTaints
{
    private static readonly ImmutableArray<(string Condition, string Status, string Key)> Pressures =
    [
        ("MemoryPressure", "True", "node.kubernetes.io/memory-pressure"),
        ("DiskPressure", "True", "node.kubernetes.io/disk-pressure"),
        ("PIDPressure", "True", "node.kubernetes.io/pid-pressure"),
        ("NetworkUnavailable", "True", "node.kubernetes.io/network-unavailable"),
    ];

    private static readonly ImmutableHashSet<string> Ours =
        [Taint.NotReady, Taint.Unreachable, Taint.Unschedulable.Key, .. Pressures.Select(pressure => pressure.Key)];

    /// <summary>Whether this is one of the taints by which a node that is not Ready loses its pods.</summary>
    public static bool IsOurEviction(Taint taint) => taint is { Effect: TaintEffect.NoExecute, Key: Taint.NotReady or Taint.Unreachable };

    /// <summary>
    /// The taints the node should have: those that follow from its conditions with the time they were first added, and every other as it is. NoExecute taints
    /// without a time get one, since evictions are counted from it.
    /// </summary>
    /// <param name="node">The node as it is.</param>
    /// <param name="ready">The status its Ready condition has or is about to get; null: it has none.</param>
    /// <param name="emptying">What its zone says of driving its pods away.</param>
    public static ImmutableArray<Taint> Desired(NodeView node, string? ready, Emptying emptying, DateTimeOffset now)
    {
        var desired = ImmutableArray.CreateBuilder<Taint>();
        var wanted = Wanted(node, ready, emptying).ToArray();
        foreach (var taint in node.Taints)
        {
            if (Ours.Contains(taint.Key) && !wanted.Any(taint.Matches)) continue;
            desired.Add(taint.Effect == TaintEffect.NoExecute && taint.TimeAdded is null ? taint with { TimeAdded = now } : taint);
        }
        foreach (var taint in wanted)
        {
            if (!desired.Any(taint.Matches)) desired.Add(taint with { TimeAdded = now });
        }
        return desired.DrainToImmutable();
    }

    private static IEnumerable<Taint> Wanted(NodeView node, string? ready, Emptying emptying)
    {
        var key = ready switch { "False" => Taint.NotReady, "Unknown" => Taint.Unreachable, _ => null };
        if (key is not null)
        {
            yield return new(key, "", TaintEffect.NoSchedule);
            if (emptying == Emptying.Allowed || (emptying == Emptying.Held && node.Taints.Any(IsOurEviction))) yield return new(key, "", TaintEffect.NoExecute);
        }
        if (node.IsCordoned) yield return Taint.Unschedulable;
        foreach (var (condition, status, taint) in Pressures)
        {
            if (node.Conditions.Any(found => found.Type == condition && found.Status == status)) yield return new(taint, "", TaintEffect.NoSchedule);
        }
    }
}
