using System.Collections.Immutable;
using System.Globalization;
using ControlPlane.Objects;
using ControlPlane.Objects.Patching;
using ControlPlane.Workloads.Patches;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Workloads.Deployments;

/// <summary>
/// Moves a Deployment's pods to its template through ReplicaSets, one per template: makes or finds the current set, sizes it and the old ones
/// within the strategy's limits, keeps revisions for <c>kubectl rollout</c>, and reports in status and conditions. A step at a time: the next
/// plan is made of what this one led to.
/// </summary>
public sealed class DeploymentReconciler : IReconciler, IOutcomeReporter
{
    private const string Component = "deployment-controller";
    private static readonly Requester By = Requester.Controller(Component);
    private static readonly GroupResource ReplicaSets = new("apps", "replicasets");

    /// <inheritdoc/>
    public Plan Reconcile(StoredObject self, IObjectView view, DateTimeOffset now)
    {
        var deployment = DeploymentState.Of(self);
        if (deployment.Selector.IsEverything) return SelectsEverything(deployment);
        if (!deployment.Deleting && ConfigRollout.Command(deployment, view, By) is { } config) return new() { Commands = [config] };
        var owner = new OwnerRef("apps/v1", "Deployment", self.Key.Name, self.Uid, Controller: true, BlockOwnerDeletion: true);
        var claim = Adoption.Make(self, owner, deployment.Selector, ReplicaSets, view, By);
        var rollout = new Rollout(deployment, claim.Owned);
        var draft = new Draft(claim.Commands, RolloutConditions.Pause(deployment.Conditions, deployment, now), deployment.CollisionCount, rollout.Current?.Name);
        if (!deployment.Deleting)
        {
            if (AutomaticRollback.Command(rollout, By) is { } rollback) return new() { Commands = [.. claim.Commands, rollback] };
            if (rollout.Current is { } current) AdoptRevision(rollout, current, draft, now);
            if (deployment.Paused || rollout.WasScaled) ProportionalScaling.Step(rollout);
            else if (deployment.Rolling) Roll(rollout, owner, view, draft, now);
            else Recreate(rollout, owner, view, draft, now);
        }
        return Finish(rollout, draft, now);
    }

    /// <inheritdoc/>
    public Plan Report(StoredObject self, IReadOnlyList<CommandOutcome> outcomes, DateTimeOffset now)
    {
        var regarding = new ObjectReference("apps/v1", "Deployment", self.Key.Namespace, self.Key.Name, self.Uid);
        var plan = Plan.Nothing;
        foreach (var (command, refusal) in outcomes)
        {
            if (refusal is null && command is PatchObject { Patch: RollbackPatch { Revision: var revision } })
            {
                plan = plan with { Events = plan.Events.Add(new(regarding, "Warning", "DeploymentRollback", $"Rolled back to revision {revision}: the progress deadline has passed", Component)) };
            }
            else if (refusal is null && Words(command) is { } words)
            {
                plan = plan with { Events = plan.Events.Add(new(regarding, "Normal", "ScalingReplicaSet", words, Component)) };
            }
            else if (command is CreateObject && refusal is not (null or { Reason: "AlreadyExists" }))
            {
                var message = $"Failed to create new replica set \"{command.Key.Name}\": {refusal.Message}";
                var failed = new Condition(RolloutConditions.Progressing, "False", RolloutConditions.FailedCreate, message, LastUpdate: now);
                plan = plan with
                {
                    Events = plan.Events.Add(new(regarding, "Warning", RolloutConditions.FailedCreate, message, Component)),
                    Commands = [new PatchObject(self.Key, new ConditionPatch(failed, Present: true, now), "status", By) { Preconditions = new(self.Uid) }],
                };
            }
        }
        return plan;
    }

    private static string? Words(ObjectCommand command) => command switch
    {
        CreateObject create when (create.Object.ToJsonObject()["spec"] as System.Text.Json.Nodes.JsonObject).Number("replicas") is { } size and > 0 =>
            $"Scaled up replica set {command.Key.Name} from 0 to {size}",
        PatchObject { Patch: ReplicaSetPatch patch } when patch.From < patch.Replicas => $"Scaled up replica set {command.Key.Name} from {patch.From} to {patch.Replicas}",
        PatchObject { Patch: ReplicaSetPatch patch } when patch.From > patch.Replicas => $"Scaled down replica set {command.Key.Name} from {patch.From} to {patch.Replicas}",
        _ => null,
    };

    private static void AdoptRevision(Rollout rollout, OwnedReplicaSet current, Draft draft, DateTimeOffset now)
    {
        RevisionAnnotations.Update(current, rollout.Deployment, rollout.NewestRevision);
        current.MinReadySeconds = rollout.Deployment.MinReadySeconds;
        draft.Revision = RevisionAnnotations.Of(current);
        if (rollout.Deployment.ProgressDeadline is null || draft.Conditions.Find(RolloutConditions.Progressing) is not null) return;
        draft.Conditions = RolloutConditions.Set(draft.Conditions, "True", RolloutConditions.FoundNewReplicaSet, $"Found new replica set \"{current.Name}\"", now);
    }

    private static void Roll(Rollout rollout, OwnerRef owner, IObjectView view, Draft draft, DateTimeOffset now)
    {
        if (rollout.Current is null) CreateSet(rollout, owner, rollout.SizeOfNew(), view, draft, now);
        else RollingUpdate.Step(rollout);
    }

    private static void Recreate(Rollout rollout, OwnerRef owner, IObjectView view, Draft draft, DateTimeOffset now)
    {
        var clear = Recreation.Step(rollout, view);
        if (clear && rollout.Current is null) CreateSet(rollout, owner, rollout.Deployment.Replicas, view, draft, now);
    }

    private static void CreateSet(Rollout rollout, OwnerRef owner, int replicas, IObjectView view, Draft draft, DateTimeOffset now)
    {
        var deployment = rollout.Deployment;
        var key = ReplicaSetFactory.KeyOf(deployment);
        if (view.Get(key) is not null)
        {
            // The name belongs to another template or owner: the count makes another one.
            draft.CollisionCount++;
            return;
        }
        draft.Commands.Add(ReplicaSetFactory.Create(deployment, owner, replicas, rollout.NewestRevision, By));
        draft.Revision = rollout.NewestRevision;
        draft.CurrentName = key.Name;
        draft.Added = replicas;
        // After a refused attempt the condition keeps saying so until there is progress.
        if (deployment.ProgressDeadline is null || draft.Conditions.Find(RolloutConditions.Progressing)?.Reason == RolloutConditions.FailedCreate) return;
        draft.Conditions = RolloutConditions.Set(draft.Conditions, "True", RolloutConditions.NewReplicaSetCreated, $"Created new replica set \"{key.Name}\"", now);
    }

    private static Plan Finish(Rollout rollout, Draft draft, DateTimeOffset now)
    {
        var deployment = rollout.Deployment;
        draft.Commands.AddRange(rollout.All.Where(set => !set.Deleting).Select(set => set.ToCommand(By)).OfType<PatchObject>());
        var counted = DeploymentStatus.Count(rollout);
        counted = counted with { Unavailable = counted.Unavailable + draft.Added };
        if (!deployment.Deleting && (deployment.Paused || counted.IsComplete(deployment))) CleanUp(rollout, draft.Commands);
        if (draft.Revision > 0 && deployment.Annotations.GetValueOrDefault(RevisionAnnotations.Revision) != Text(draft.Revision))
        {
            var patch = FieldPatch.Annotations(KeyValuePair.Create(RevisionAnnotations.Revision, Text(draft.Revision)));
            draft.Commands.Add(new PatchObject(deployment.Stored.Key, patch, "", By) { Preconditions = new(deployment.Stored.Uid) });
        }
        var conditions = RolloutConditions.Next(draft.Conditions, rollout, counted, draft.CurrentName, now);
        var status = counted.ToJson(deployment, draft.CollisionCount, conditions);
        if (StatusChange.From(deployment.Stored, deployment.Status, status, By) is { } change) draft.Commands.Add(change);
        return new() { Commands = [.. draft.Commands], RequeueAfter = RolloutConditions.UntilDeadline(conditions, deployment, counted, now) };
    }

    /// <summary>Old sets beyond the history limit that are empty and settled go, lowest revision first.</summary>
    private static void CleanUp(Rollout rollout, List<ObjectCommand> commands)
    {
        var kept = rollout.Old.Where(set => !set.Deleting).OrderBy(RevisionAnnotations.Of).ToArray();
        foreach (var set in kept.Take(Math.Max(0, kept.Length - rollout.Deployment.RevisionHistoryLimit)))
        {
            if (set.Replicas != 0 || set.State.StatusReplicas != 0 || set.Unsettled) continue;
            commands.Add(new DeleteObject(set.Stored.Key, null, Propagation.Background, By) { Preconditions = new(set.Stored.Uid) });
        }
    }

    private static Plan SelectsEverything(DeploymentState deployment)
    {
        var stored = deployment.Stored;
        var status = DeploymentStatus.Stored(deployment).ToJson(deployment, deployment.CollisionCount, deployment.Conditions);
        var note = new EventNote(
            new("apps/v1", "Deployment", stored.Key.Namespace, stored.Key.Name, stored.Uid), "Warning", "SelectingAll",
            "This deployment is selecting all pods. A non-empty selector is required.", Component);
        return StatusChange.From(stored, deployment.Status, status, By) is { } change ? new() { Commands = [change], Events = [note] } : Plan.Nothing;
    }

    private static string Text(long revision) => revision.ToString(CultureInfo.InvariantCulture);

    /// <summary>What a plan under way has gathered.</summary>
    private sealed class Draft(List<ObjectCommand> commands, ImmutableArray<Condition> conditions, int collisionCount, string? currentName)
    {
        public List<ObjectCommand> Commands => commands;
        public ImmutableArray<Condition> Conditions { get; set; } = conditions;
        public int CollisionCount { get; set; } = collisionCount;
        public string? CurrentName { get; set; } = currentName;
        public long Revision { get; set; }

        /// <summary>Pods the plan asks for with a new set: not available yet.</summary>
        public int Added { get; set; }
    }
}
