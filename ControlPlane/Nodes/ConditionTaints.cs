using System.Collections.Immutable;

namespace ControlPlane.Nodes;

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
        [NodeTaint.NotReady, NodeTaint.Unreachable, NodeTaint.Unschedulable, .. Pressures.Select(pressure => pressure.Key)];

    /// <summary>
    /// The taints the node should have: those that follow from its conditions with the time they were first added, and every other as it is. NoExecute taints
    /// without a time get one, since evictions are counted from it.
    /// </summary>
    /// <param name="node">The node as it is.</param>
    /// <param name="ready">The status its Ready condition has or is about to get; null: it has none.</param>
    public static ImmutableArray<NodeTaint> Desired(NodeView node, string? ready, DateTimeOffset now)
    {
        var desired = ImmutableArray.CreateBuilder<NodeTaint>();
        var wanted = Wanted(node, ready).ToArray();
        foreach (var taint in node.Taints)
        {
            if (Ours.Contains(taint.Key) && !wanted.Any(taint.Matches)) continue;
            desired.Add(taint.Effect == NodeTaint.NoExecute && taint.TimeAdded is null ? taint with { TimeAdded = now } : taint);
        }
        foreach (var taint in wanted)
        {
            if (!desired.Any(taint.Matches)) desired.Add(taint with { TimeAdded = now });
        }
        return desired.DrainToImmutable();
    }

    private static IEnumerable<NodeTaint> Wanted(NodeView node, string? ready)
    {
        var key = ready switch { "False" => NodeTaint.NotReady, "Unknown" => NodeTaint.Unreachable, _ => null };
        if (key is not null)
        {
            yield return new(key, "", NodeTaint.NoSchedule, null);
            yield return new(key, "", NodeTaint.NoExecute, null);
        }
        if (node.IsCordoned) yield return new(NodeTaint.Unschedulable, "", NodeTaint.NoSchedule, null);
        foreach (var (condition, status, taint) in Pressures)
        {
            if (node.Conditions.Any(found => found.Type == condition && found.Status == status)) yield return new(taint, "", NodeTaint.NoSchedule, null);
        }
    }
}
