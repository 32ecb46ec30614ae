using System.Collections.Immutable;
using ControlPlane.Objects;
using ControlPlane.Scheduling;
using ControlPlane.Workloads.ControllerRevisions;
using Shared.Api;

namespace ControlPlane.Workloads.DaemonSets;

/// <summary>
/// Keeps one pod on every node that its template admits, whatever becomes of the nodes, replaces pods of another template by its strategy, and keeps its templates for
/// <c>kubectl rollout</c>. The pods are placed by the scheduler, each on the one node it was made for.
/// </summary>
public sealed class DaemonSetReconciler : IReconciler, IOutcomeReporter
{
    /// <summary>Pods created or deleted by one plan at most; the next plan goes on.</summary>
    public const int MostPerPlan = 500;

    private const string Component = "daemonset-controller";
    private static readonly Requester By = Requester.Controller(Component);
    private static readonly GroupResource Pods = new("", "pods");
    private static readonly GroupResource Nodes = new("", "nodes");

    /// <inheritdoc/>
    public Plan Reconcile(StoredObject self, IObjectView view, DateTimeOffset now)
    {
        var set = DaemonSetState.Of(self);
        var owner = new OwnerRef("apps/v1", "DaemonSet", self.Key.Name, self.Uid, Controller: true, BlockOwnerDeletion: true);
        var claim = Adoption.Make(self, owner, set.Selector, Pods, view, By);
        if (set.Deleting) return new() { Commands = [.. claim.Commands] };
        var history = RevisionHistory.Of(new(self, owner, set.Selector, set.Template, set.PodTemplate, set.CollisionCount, RevisionHistory.PodLabel, By), view);
        if (history.Update(view) is not { } update) return new() { Commands = [.. claim.Commands, .. history.Commands] };
        var pods = claim.Owned.ConvertAll(pod => DaemonPod.Of(pod, set.MinReadySeconds, now));
        var (nodes, lost) = Survey(set, pods, update.Hash, view);
        var step = new DaemonStep(set, nodes, new(set, owner, update, view, By), By, now);
        var taken = step.Take(mayGrow: !EndingNamespace.Holds(self, view));
        var hashes = pods.Select(pod => pod.Hash).ToHashSet(StringComparer.Ordinal);
        history.Truncate(revision => revision == update || hashes.Contains(revision.Hash), set.RevisionHistoryLimit);
        List<ObjectCommand> commands =
        [
            .. claim.Commands, .. history.Commands, .. taken.Take(MostPerPlan),
            .. lost.Select(pod => new DeleteObject(pod.Stored.Key, null, Propagation.Background, By) { Preconditions = new(pod.Stored.Uid) }),
        ];
        if (StatusChange.From(self, set.Status, DaemonSetStatus.Build(set, nodes, history.CollisionCount), By) is { } change) commands.Add(change);
        var available = pods.Where(pod => pod.AvailableAt > now).Min(pod => pod.AvailableAt) - now;
        return new() { Commands = [.. commands], RequeueAfter = Plan.Sooner(available, step.Pause) };
    }

    /// <inheritdoc/>
    public Plan Report(StoredObject self, IReadOnlyList<CommandOutcome> outcomes, DateTimeOffset now)
    {
        var regarding = new ObjectReference("apps/v1", "DaemonSet", self.Key.Namespace, self.Key.Name, self.Uid);
        return new() { Events = [.. outcomes.Select(outcome => Note(regarding, outcome)).OfType<EventNote>()] };
    }

    private static EventNote? Note(ObjectReference set, CommandOutcome outcome)
    {
        if (outcome.Command.Key.GroupResource != Pods || outcome.Refusal is { Reason: "AlreadyExists" or "NotFound" or "Conflict" }) return null;
        return (outcome.Command, outcome.Refusal) switch
        {
            (CreateObject made, null) => new(set, "Normal", "SuccessfulCreate", $"Created pod: {made.Key.Name}", Component),
            (CreateObject, { } refusal) => new(set, "Warning", "FailedCreate", $"Error creating: {refusal.Message}", Component),
            (DeleteObject gone, null) => new(set, "Normal", "SuccessfulDelete", $"Deleted pod: {gone.Key.Name}", Component),
            (DeleteObject, { } refusal) => new(set, "Warning", "FailedDelete", $"Error deleting: {refusal.Message}", Component),
            _ => null,
        };
    }

    /// <summary>Every node with what is there, in the order of names; and pods that were made for nodes that are gone before they were there.</summary>
    private static (ImmutableArray<DaemonNode> Nodes, IReadOnlyList<DaemonPod> Lost) Survey(DaemonSetState set, List<DaemonPod> pods, string hash, IObjectView view)
    {
        var byNode = pods.ToLookup(pod => pod.Node, StringComparer.Ordinal);
        var nodes = ImmutableArray.CreateBuilder<DaemonNode>();
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (var node in view.List(Nodes).Objects)
        {
            var offer = NodeOffer.Of(node);
            known.Add(offer.Name);
            var there = byNode[offer.Name].OrderByDescending(pod => pod.Available).ThenByDescending(pod => pod.Ready)
                .ThenBy(pod => pod.Stored.Header.CreationTimestamp).ThenBy(pod => pod.Stored.Key.Name, StringComparer.Ordinal);
            nodes.Add(new(offer.Name, set.WantsPodOn(offer), set.KeepsPodOn(offer), [.. there], hash));
        }
        return (nodes.ToImmutable(), [.. pods.Where(pod => pod is { Bound: false, Terminating: false } && !known.Contains(pod.Node))]);
    }
}
