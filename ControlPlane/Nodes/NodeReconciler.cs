using System.Collections.Immutable;
using ControlPlane.Objects;

namespace ControlPlane.Nodes;

/// <summary>
/// What must follow from a node's state and the time since it was heard of: its conditions, its taints, and the fate of the pods on it.
/// Level-triggered; the same input gives the same plan.
/// </summary>
public static class NodeReconciler
{
    private static readonly Requester By = Requester.Controller("node-controller");
    private static readonly TimeSpan LostNodeCheck = TimeSpan.FromSeconds(5);

    /// <param name="self">The Node.</param>
    /// <param name="lease">When it was last heard of.</param>
    /// <param name="pods">The pods bound to it; read only if they are concerned.</param>
    public static Plan Plan(StoredObject self, NodeLease lease, Func<IReadOnlyCollection<StoredObject>> pods, NodeOptions options, DateTimeOffset now)
    {
        if (self.Header.DeletionTimestamp is not null) return Objects.Plan.Nothing;
        var node = self.Project(NodeView.Of);
        var grace = options.LeaseOf(node);
        var lost = grace is { } limit && lease.IsLost(now, limit);
        var back = !lost && node.IsAgent && lease.Heard && node.Ready is { Status: "Unknown" };
        var ready = lost ? "Unknown" : back ? "True" : node.Ready?.Status;

        var commands = ImmutableArray.CreateBuilder<ObjectCommand>();
        var events = ImmutableArray.CreateBuilder<EventNote>();
        if (lost && node.Ready is not { Status: "Unknown" })
        {
            commands.Add(new PatchObject(self.Key, new NodeUnknownPatch(now), "status", By));
            events.Add(Note(self, "Normal", "NodeNotReady", $"Node {self.Key.Name} status is now: NodeNotReady"));
        }
        else if (back)
        {
            commands.Add(new PatchObject(self.Key, new NodeReadyPatch(now), "status", By));
            events.Add(Note(self, "Normal", "NodeReady", $"Node {self.Key.Name} status is now: NodeReady"));
        }

        var taints = ConditionTaints.Desired(node, ready, now);
        if (!taints.SequenceEqual(node.Taints)) commands.Add(new PatchObject(self.Key, new TaintsPatch(ready, now), "", By));

        var eviction = TaintEviction.Nothing;
        if (taints.Any(taint => taint.Effect == NodeTaint.NoExecute))
        {
            var bound = pods();
            eviction = TaintEviction.Plan(taints, bound, now);
            foreach (var pod in eviction.Due)
            {
                commands.Add(Delete(pod, null));
                events.Add(Note(pod, "Normal", "TaintManagerEviction", $"Marking for deletion Pod {pod.Key.Namespace}/{pod.Key.Name}"));
            }
            if (ready == "Unknown") commands.AddRange(bound.Where(pod => pod.Header.Ready).Select(pod => new PatchObject(pod.Key, new PodNotReadyPatch(now), "status", By)));
            if (taints.Any(taint => taint.Key == NodeTaint.OutOfService))
            {
                commands.AddRange(bound.Where(pod => pod.Header.DeletionTimestamp is not null).Select(pod => Delete(pod, 0)));
            }
        }
        return new()
        {
            Commands = commands.DrainToImmutable(),
            Events = events.DrainToImmutable(),
            RequeueAfter = Sooner(grace is { } limited ? (lost ? LostNodeCheck : lease.Left(now, limited)) : null, eviction.Next - now),
        };
    }

    /// <summary>Deletes a pod, if it is still this one.</summary>
    internal static DeleteObject Delete(StoredObject pod, long? graceSeconds) =>
        new(pod.Key, graceSeconds, Propagation.Background, By) { Preconditions = new(pod.Uid) };

    private static TimeSpan? Sooner(TimeSpan? one, TimeSpan? other) => one is null || other < one ? other : one;

    private static EventNote Note(StoredObject about, string type, string reason, string message)
    {
        var kind = about.Key.Resource == "nodes" ? "Node" : "Pod";
        return new(new("v1", kind, about.Key.Namespace, about.Key.Name, about.Uid), type, reason, message, "node-controller");
    }
}
