using ControlPlane.Objects;
using ControlPlane.Workloads.ControllerRevisions;
using Shared.Api;

namespace ControlPlane.Workloads.StatefulSets;

/// <summary>
/// Keeps a pod at each ordinal of a StatefulSet, under a name that does not change and with claims of its own, so that there are never two of one ordinal; makes,
/// replaces and takes them in the order the spec asks for, and keeps its templates for <c>kubectl rollout</c>.
/// </summary>
public sealed class StatefulSetReconciler : IReconciler, IOutcomeReporter
{
    private const string Component = "statefulset-controller";
    private static readonly Requester By = Requester.Controller(Component);
    private static readonly GroupResource Pods = new("", "pods");

    /// <inheritdoc/>
    public Plan Reconcile(StoredObject self, IObjectView view, DateTimeOffset now)
    {
        var set = StatefulSetState.Of(self);
        var owner = new OwnerRef("apps/v1", "StatefulSet", self.Key.Name, self.Uid, Controller: true, BlockOwnerDeletion: true);
        var claim = Adoption.Make(self, owner, set.Selector, Pods, view, By, orphan => StatefulPod.OrdinalOf(set.Name, orphan.Key.Name) is not null);
        if (set.Deleting) return new() { Commands = [.. claim.Commands] };
        var pods = StatefulPods.Take(set, claim.Owned, now);
        var history = RevisionHistory.Of(new(self, owner, set.Selector, set.Template, set.PodTemplate, set.CollisionCount, "controller.kubernetes.io/hash", By), view);
        if (history.Update(view) is not { } update) return new() { Commands = [.. claim.Commands, .. history.Commands] };
        var current = history.Named(set.CurrentRevision) ?? update;
        var step = new StatefulStep(set, pods, current, update, owner, view, By).Take(mayGrow: !EndingNamespace.Holds(self, view));
        var inUse = pods.All.Select(pod => pod.Revision).ToHashSet(StringComparer.Ordinal);
        history.Truncate(revision => revision == current || revision == update || inUse.Contains(revision.Name), set.RevisionHistoryLimit);
        var status = StatefulSetStatus.Build(set, pods, current, update, history.CollisionCount);
        List<ObjectCommand> commands = [.. claim.Commands, .. history.Commands, .. step];
        if (StatusChange.From(self, set.Status, status, By) is { } change) commands.Add(change);
        return new() { Commands = [.. commands], RequeueAfter = pods.NextAvailable - now };
    }

    /// <inheritdoc/>
    public Plan Report(StoredObject self, IReadOnlyList<CommandOutcome> outcomes, DateTimeOffset now)
    {
        var regarding = new ObjectReference("apps/v1", "StatefulSet", self.Key.Namespace, self.Key.Name, self.Uid);
        return new() { Events = [.. outcomes.Select(outcome => Note(regarding, outcome)).OfType<EventNote>()] };
    }

    private static EventNote? Note(ObjectReference set, CommandOutcome outcome)
    {
        var (verb, reason) = outcome.Command switch
        {
            CreateObject { Key.Resource: "pods" or "persistentvolumeclaims" } => ("create", "Create"),
            DeleteObject { Key.Resource: "pods" } => ("delete", "Delete"),
            _ => ("", ""),
        };
        if (verb.Length == 0 || outcome.Refusal is { Reason: "AlreadyExists" or "NotFound" or "Conflict" }) return null;
        var what = outcome.Command.Key.Resource == "pods" ? "Pod" : "Claim";
        var words = $"{verb} {what} {outcome.Command.Key.Name} in StatefulSet {set.Name}";
        return outcome.Refusal is { } refusal
            ? new(set, "Warning", $"Failed{reason}", $"{words} failed error: {refusal.Message}", Component)
            : new(set, "Normal", $"Successful{reason}", $"{words} successful", Component);
    }
}
