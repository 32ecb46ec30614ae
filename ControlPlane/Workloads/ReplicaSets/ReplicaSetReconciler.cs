using ControlPlane.Objects;
using ControlPlane.Workloads.Patches;
using Shared.Api;

namespace ControlPlane.Workloads.ReplicaSets;

/// <summary>
/// Keeps as many active pods as <c>spec.replicas</c> asks for: adopts orphans its selector matches, releases pods it no longer matches,
/// creates what is missing, deletes what is too much, and counts them in its status. Pods are read by header only.
/// </summary>
/// <param name="apiVersion">The controller's own, as its pods' owner references name it.</param>
/// <param name="kind">ReplicaSet, or ReplicationController.</param>
public sealed class ReplicaSetReconciler(string apiVersion, string kind) : IReconciler, IOutcomeReporter
{
    /// <summary>Pods created or deleted by one plan at most; the next plan goes on.</summary>
    public const int MostPerPlan = 500;

    private static readonly GroupResource Pods = new("", "pods");
    private readonly Requester _by = Requester.Controller(kind == "ReplicaSet" ? "replicaset-controller" : "replication-controller");

    /// <inheritdoc/>
    public Plan Reconcile(StoredObject self, IObjectView view, DateTimeOffset now)
    {
        var set = ReplicaSetState.Of(self);
        var owner = new OwnerRef(apiVersion, kind, self.Key.Name, self.Uid, Controller: true, BlockOwnerDeletion: true);
        var claim = Adoption.Make(self, owner, set.Selector, Pods, view, _by);
        var pods = PodCensus.Take(claim.Owned, set, now);
        var commands = claim.Commands;
        var missing = self.Header.DeletionTimestamp is null ? set.Replicas - pods.Active.Count : 0;
        if (missing > 0 && !EndingNamespace.Holds(self, view)) Create(self, owner, set, Math.Min(missing, MostPerPlan), view, commands);
        if (missing < 0) commands.AddRange(PodDeletionOrder.Choose(self, pods.Active, Math.Min(-missing, MostPerPlan), view).Select(Delete));
        // A failure stands until the number is right: only then is it known to be over.
        var conditions = missing == 0 ? set.Conditions.Without(ReplicaSetStatus.ReplicaFailure) : set.Conditions;
        var status = ReplicaSetStatus.Build(pods, self.Header.Generation, conditions);
        if (StatusChange.From(self, set.Status, status, _by) is { } change) commands.Add(change);
        return new() { Commands = [.. commands], RequeueAfter = pods.NextAvailable - now };
    }

    /// <inheritdoc/>
    public Plan Report(StoredObject self, IReadOnlyList<CommandOutcome> outcomes, DateTimeOffset now)
    {
        var regarding = new ObjectReference(apiVersion, kind, self.Key.Namespace, self.Key.Name, self.Uid);
        var events = new List<EventNote>();
        Condition? failure = null;
        var tried = false;
        foreach (var (command, refusal) in outcomes)
        {
            var name = command.Key.Name;
            switch (command)
            {
                case CreateObject when refusal is null:
                    tried = true;
                    events.Add(new(regarding, "Normal", "SuccessfulCreate", $"Created pod: {name}", _by.Manager));
                    break;
                case CreateObject when !Harmless(refusal):
                    if (failure is null) events.Add(new(regarding, "Warning", "FailedCreate", $"Error creating: {refusal!.Message}", _by.Manager));
                    failure ??= new(ReplicaSetStatus.ReplicaFailure, "True", "FailedCreate", refusal!.Message);
                    break;
                case DeleteObject when refusal is null:
                    tried = true;
                    events.Add(new(regarding, "Normal", "SuccessfulDelete", $"Deleted pod: {name}", _by.Manager));
                    break;
                case DeleteObject when !Harmless(refusal):
                    if (failure is null) events.Add(new(regarding, "Warning", "FailedDelete", $"Error deleting: {refusal!.Message}", _by.Manager));
                    failure ??= new(ReplicaSetStatus.ReplicaFailure, "True", "FailedDelete", refusal!.Message);
                    break;
            }
        }
        return new() { Events = [.. events], Commands = ConditionChange(self, failure, tried, now) is { } change ? [change] : [] };
    }

    private PatchObject? ConditionChange(StoredObject self, Condition? failure, bool tried, DateTimeOffset now)
    {
        var present = ReplicaSetState.Of(self).Conditions.Find(ReplicaSetStatus.ReplicaFailure);
        if (failure is null && (present is null || !tried)) return null;
        if (failure is not null && present is { Status: "True" } && present.Reason == failure.Reason) return null;
        return new(self.Key, new ConditionPatch(failure ?? present!, failure is not null, now), "status", _by) { Preconditions = new(self.Uid) };
    }

    // The state was older than the command: the next plan sees what is there now.
    private static bool Harmless(ApiStatus? refusal) => refusal is { Reason: "AlreadyExists" or "NotFound" or "Conflict" };

    private void Create(StoredObject self, OwnerRef owner, ReplicaSetState set, int count, IObjectView view, List<ObjectCommand> commands)
    {
        var factory = new PodFactory(self, owner, set.Template);
        var names = PodNames.Take(self.Key.Name, self.Uid, view.Revision, count, name => view.Get(new ObjectKey("", "pods", self.Key.Namespace, name)) is not null);
        commands.AddRange(names.Select(name => factory.Create(name, _by)));
    }

    private DeleteObject Delete(StoredObject pod) => new(pod.Key, null, Propagation.Background, _by) { Preconditions = new(pod.Uid) };
}
