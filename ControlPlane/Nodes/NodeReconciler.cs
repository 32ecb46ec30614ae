using System.Collections.Immutable;
using ControlPlane.Nodes.Leases;
using ControlPlane.Nodes.Taints;
using ControlPlane.Nodes.Zones;
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
    /// <param name="lease">How it stands with its lease.</param>
    /// <param name="zone">What its zone says of emptying it, given how long its lease has been over; asked only where it is missing.</param>
    /// <param name="pods">The pods bound to it; read only if they are concerned.</param>
    public static Plan Plan(
        StoredObject self, LeaseState lease, Func<TimeSpan, EvictionVerdict> zone, Func<IReadOnlyCollection<StoredObject>> pods, DateTimeOffset now)
    {
        if (self.Header.DeletionTimestamp is not null) return Objects.Plan.Nothing;
        var node = self.Project(NodeView.Of);
        var ready = lease.IsLost ? "Unknown" : node.Ready?.Status;

        // Found lost before, and it has a lease: until that is over, or the node has told how it is, nothing more happens to it.
        var undecided = !lease.IsLost && ready == "Unknown";
        var verdict = ready is "False" or "Unknown" && !undecided ? zone(lease.IsLost ? lease.LostFor : TimeSpan.MaxValue) : null;

        var commands = ImmutableArray.CreateBuilder<ObjectCommand>();
        var events = ImmutableArray.CreateBuilder<EventNote>();
        if (lease.IsLost && node.Ready is not { Status: "Unknown" })
        {
            commands.Add(new PatchObject(self.Key, new NodeUnknownPatch(now), "status", By));
            events.Add(Note(self, "Normal", "NodeNotReady", $"Node {self.Key.Name} status is now: NodeNotReady"));
            if (verdict is { State: not ZoneState.Normal } held) events.Add(Note(self, "Warning", "EvictionsSlowedDown", Disruption(held)));
        }
        else if (ready == "True" && node.Taints.Any(taint => taint.Key is Taint.Unreachable or Taint.NotReady))
        {
            events.Add(Note(self, "Normal", "NodeReady", $"Node {self.Key.Name} status is now: NodeReady"));
        }

        var emptying = verdict switch { null => Emptying.Held, { IsEverywhere: true } => Emptying.CalledOff, { Allowed: true } => Emptying.Allowed, _ => Emptying.Held };
        var taints = ConditionTaints.Desired(node, ready, emptying, now);
        if (!taints.SequenceEqual(node.Taints)) commands.Add(new PatchObject(self.Key, new TaintsPatch(ready, emptying, now), "", By));

        var eviction = TaintEviction.Nothing;
        if (ready == "Unknown" || taints.Any(taint => taint.Effect == TaintEffect.NoExecute))
        {
            var bound = pods();
            if (!undecided) eviction = TaintEviction.Plan(taints, bound, now);
            foreach (var pod in eviction.Due)
            {
                commands.Add(Delete(pod, null));
                events.Add(Note(pod, "Normal", "TaintManagerEviction", $"Marking for deletion Pod {pod.Key.Namespace}/{pod.Key.Name}"));
            }
            if (ready == "Unknown") commands.AddRange(bound.Where(pod => pod.Header.Ready).Select(pod => new PatchObject(pod.Key, new PodNotReadyPatch(now), "status", By)));
            if (taints.Any(taint => taint.Key == Taint.OutOfService))
            {
                commands.AddRange(bound.Where(pod => pod.Header.DeletionTimestamp is not null).Select(pod => Delete(pod, 0)));
            }
        }
        return new()
        {
            Commands = commands.DrainToImmutable(),
            Events = events.DrainToImmutable(),
            RequeueAfter = Objects.Plan.Sooner(Objects.Plan.Sooner(lease.IsLost ? LostNodeCheck : lease.Left, verdict?.Again), eviction.Next - now),
        };
    }

    /// <summary>Deletes a pod, if it is still this one.</summary>
    internal static DeleteObject Delete(StoredObject pod, long? graceSeconds) =>
        new(pod.Key, graceSeconds, Propagation.Background, By) { Preconditions = new(pod.Uid) };

    private static string Disruption(EvictionVerdict verdict) =>
        $"{verdict.Count.Missing} of {verdict.Count.Nodes} nodes of its zone are missing: their pods are replaced slowly or not at all";

    private static EventNote Note(StoredObject about, string type, string reason, string message)
    {
        var kind = about.Key.Resource == "nodes" ? "Node" : "Pod";
        return new(new("v1", kind, about.Key.Namespace, about.Key.Name, about.Uid), type, reason, message, "node-controller");
    }
}
