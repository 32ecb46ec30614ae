using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Patching;
using ControlPlane.Workloads;
using ControlPlane.Workloads.Patches;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Autoscaling;

/// <summary>
/// Scales the target of a HorizontalPodAutoscaler. A change is noted in its history before it is made, with the number that it starts from: after a crash it is made once
/// and not worked out anew, and policies count it once.
/// </summary>
/// <remarks>Besides the view it reads the newest use of resources, which is no object.</remarks>
internal sealed class AutoscalerReconciler(IKinds kinds, MetricReader metrics) : IReconciler, IOutcomeReporter
{
    private const string Component = "horizontal-pod-autoscaler";

    /// <summary>kube-controller-manager's <c>--horizontal-pod-autoscaler-sync-period</c>.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(15);
    private static readonly Requester By = Requester.Controller(Component);

    /// <inheritdoc/>
    public Plan Reconcile(StoredObject self, IObjectView view, DateTimeOffset now)
    {
        var scaler = AutoscalerState.Of(self);
        if (scaler.Deleting) return Plan.Nothing;
        var (target, fault) = ScaledTarget.Find(scaler, kinds, view);
        if (target is null) return Tell(scaler, AutoscalerDecision.NoTarget(scaler, fault, now), "FailedGetScale", fault);
        if (target.Selector.IsEverything || target.Selector.SelectsNothing)
        {
            return Tell(scaler, AutoscalerDecision.NoPods(scaler, "InvalidSelector", "the HPA target's scale is missing a selector", now), "SelectorRequired", "selector is required");
        }
        if (Rival(scaler, view) is { } rival)
        {
            var message = $"pods by selector {target.Selector} are controlled by multiple HPAs: {self.Key.Name} and {rival}";
            return Tell(scaler, AutoscalerDecision.NoPods(scaler, "AmbiguousSelector", message, now), "AmbiguousSelector", message);
        }
        if (scaler.History.Pending(target.Replicas, now) is { } pending)
        {
            var scaling = Status(scaler, target, pending.To, AutoscalerDecision.Scaling(scaler, pending.To, now), null, pending.At);
            ImmutableArray<ObjectCommand> shown = scaling is null ? [] : [scaling];
            return new() { Commands = [.. shown, new PatchObject(target.Stored.Key, new ReplaceScale(pending.To), "scale", By) { Preconditions = new(target.Stored.Uid) }] };
        }

        // A change has to show in the metrics before they count again; but a request that waits does not wait for that.
        if (target.Replicas > 0 && scaler.History.Rescales is [.., var last] && now - last.At < Period) return new() { RequeueAfter = last.At + Period - now };
        var decision = AutoscalerDecision.Make(scaler, target, () => metrics.Propose(scaler, target, view, now), now);
        var history = decision.Desired == target.Replicas ? decision.History : decision.History.Rescaling(target.Replicas, decision.Desired, decision.Why, now);
        if (history != scaler.History) return new() { Commands = [Note(self, history)] };
        var plan = new Plan { RequeueAfter = Wait(scaler, target, now) };
        if (Status(scaler, target, decision.Desired, decision.Conditions, decision.Current, null) is not { } change) return plan;
        return plan with { Commands = [change], Events = decision.Fault is var (reason, words) && IsNews(scaler, words) ? [Event(self, "Warning", reason, words)] : [] };
    }

    /// <inheritdoc/>
    public Plan Report(StoredObject self, IReadOnlyList<CommandOutcome> outcomes, DateTimeOffset now)
    {
        var change = AutoscalerState.Of(self).History.Rescales.LastOrDefault();
        foreach (var (command, refusal) in outcomes)
        {
            if (command is not PatchObject { Patch: ReplaceScale scale } || change is null) continue;
            var words = $"New size: {scale.Replicas}; reason: {change.Why}";
            if (refusal is null) return new() { Events = [Event(self, "Normal", "SuccessfulRescale", words)] };
            return new()
            {
                Events = [Event(self, "Warning", "FailedRescale", $"{words}; error: {refusal.Message}")],
                Commands = [new PatchObject(self.Key, new ConditionPatch(AutoscalerDecision.NotScaled(refusal.Message), true, now), "status", By) { Preconditions = new(self.Uid) }],
            };
        }
        return Plan.Nothing;
    }

    private static Plan Tell(AutoscalerState scaler, ImmutableArray<Condition> conditions, string reason, string message)
    {
        var status = scaler.Status.ValueKind == JsonValueKind.Object ? JsonObject.Create(scaler.Status)! : new JsonObject { ["desiredReplicas"] = 0L };
        status["conditions"] = conditions.ToJson();
        var plan = new Plan { RequeueAfter = Period };
        if (StatusChange.From(scaler.Stored, scaler.Status, status, By) is not { } change) return plan;
        return plan with { Commands = [change], Events = [Event(scaler.Stored, "Warning", reason, message)] };
    }

    // What has been told need not be told every few seconds.
    private static bool IsNews(AutoscalerState scaler, string words) => !scaler.Conditions.Any(condition => condition.Message.EndsWith(words, StringComparison.Ordinal));

    /// <param name="shown">The metrics; null: those that are shown already.</param>
    private static PatchObject? Status(AutoscalerState scaler, ScaledTarget target, long desired, ImmutableArray<Condition> conditions, ImmutableArray<JsonObject>? shown, DateTimeOffset? scaledAt)
    {
        var status = new JsonObject { ["currentReplicas"] = target.Present, ["desiredReplicas"] = desired, ["conditions"] = conditions.ToJson() };
        if (scaler.Stored.Header.Generation > 0) status["observedGeneration"] = scaler.Stored.Header.Generation;
        if ((scaledAt ?? scaler.Status.Time("lastScaleTime")) is { } time) status["lastScaleTime"] = Rfc3339.Write(time);
        if (shown is { Length: > 0 } now) status["currentMetrics"] = new JsonArray([.. now]);
        else if (shown is null && scaler.Status.At("currentMetrics") is { ValueKind: JsonValueKind.Array } before) status["currentMetrics"] = JsonArray.Create(before);
        return StatusChange.From(scaler.Stored, scaler.Status, status, By);
    }

    private static TimeSpan Wait(AutoscalerState scaler, ScaledTarget target, DateTimeOffset now)
    {
        var left = scaler.Idle is { } idle && target.Replicas > 0 && !idle.IsIdle(now) ? idle.Left(now) : Period;
        return left < Period ? left : Period;
    }

    // Two of one target would pull it to and fro.
    private static string? Rival(AutoscalerState scaler, IObjectView view) => view.List(scaler.Stored.Key.GroupResource, scaler.Stored.Key.Namespace)
        .Where(other => other.Uid != scaler.Stored.Uid && AutoscalerState.Of(other).Target == scaler.Target).Select(other => other.Key.Name).FirstOrDefault();

    private static PatchObject Note(StoredObject self, ScalingHistory history) =>
        new(self.Key, FieldPatch.Annotations(KeyValuePair.Create(ScalingHistory.Annotation, history.Write())), "", By) { Preconditions = new(self.Uid) };

    private static EventNote Event(StoredObject self, string type, string reason, string message) =>
        new(new("autoscaling/v2", "HorizontalPodAutoscaler", self.Key.Namespace, self.Key.Name, self.Uid), type, reason, message, Component);
}
