using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Shared.Api;

namespace ControlPlane.Autoscaling;

/// <summary>
/// What an autoscaler makes of its metrics, by kube-controller-manager's rules: how many replicas, why, and what its conditions say. Pure.
/// </summary>
/// <param name="Desired">How many replicas the target should have.</param>
/// <param name="Why">The reason of a change, for its event.</param>
/// <param name="History">With what is recommended now.</param>
/// <param name="Current">What is shown of the metrics.</param>
/// <param name="Fault">A warning's reason and message: there is no telling what to do.</param>
internal sealed record AutoscalerDecision(
    long Desired, string Why, ScalingHistory History, ImmutableArray<JsonObject> Current, ImmutableArray<Condition> Conditions, (string Reason, string Message)? Fault = null)
{
    private const string Able = "AbleToScale";
    private const string Active = "ScalingActive";
    private const string Limited = "ScalingLimited";

    /// <summary>Decides for a target that was found.</summary>
    /// <param name="propose">Works out what the metrics ask for; only asked where they count.</param>
    public static AutoscalerDecision Make(AutoscalerState scaler, ScaledTarget target, Func<IReadOnlyList<MetricProposal>> propose, DateTimeOffset now)
    {
        var conditions = scaler.Conditions.With(new(Able, "True", "SucceededGetScale", "the HPA controller was able to get the target's current scale"), now);
        var current = target.Replicas;
        if (current == 0 && scaler.Min > 0)
        {
            var off = conditions.With(new(Active, "False", "ScalingDisabled", "scaling is disabled since the replica count of the target is zero"), now);
            return new(0, "", scaler.History, [], off);
        }
        if (current > scaler.Max) return new(scaler.Max, "Current number of replicas above Spec.MaxReplicas", scaler.History, [], conditions);
        if (current < scaler.Min) return new(scaler.Min, "Current number of replicas below Spec.MinReplicas", scaler.History, [], conditions);
        return Follow(scaler, current, propose(), conditions, now);
    }

    /// <summary>The conditions where the target's scale can't be read.</summary>
    public static ImmutableArray<Condition> NoTarget(AutoscalerState scaler, string fault, DateTimeOffset now) =>
        scaler.Conditions.With(new(Able, "False", "FailedGetScale", $"the HPA controller was unable to get the target's current scale: {fault}"), now);

    /// <summary>The conditions where it can't be told which pods are the target's.</summary>
    public static ImmutableArray<Condition> NoPods(AutoscalerState scaler, string reason, string message, DateTimeOffset now) => scaler.Conditions
        .With(new(Able, "True", "SucceededGetScale", "the HPA controller was able to get the target's current scale"), now)
        .With(new(Active, "False", reason, message), now);

    /// <summary>The conditions while a change is on its way to the target.</summary>
    public static ImmutableArray<Condition> Scaling(AutoscalerState scaler, long replicas, DateTimeOffset now) =>
        scaler.Conditions.With(new(Able, "True", "SucceededRescale", $"the HPA controller was able to update the target scale to {replicas}"), now);

    /// <summary>The condition that a change was refused.</summary>
    public static Condition NotScaled(string fault) => new(Able, "False", "FailedUpdateScale", $"the HPA controller was unable to update the target scale: {fault}");

    private static AutoscalerDecision Follow(AutoscalerState scaler, long current, IReadOnlyList<MetricProposal> proposals, ImmutableArray<Condition> conditions, DateTimeOffset now)
    {
        // Of a target without pods only what comes from outside says anything.
        var counted = current > 0 ? proposals : [.. proposals.Where(proposal => proposal.Metric.Source is MetricSource.Object or MetricSource.External)];
        var good = counted.Where(proposal => proposal.Fault is null).ToArray();
        var faulty = counted.FirstOrDefault(proposal => proposal.Fault is not null);
        ImmutableArray<JsonObject> shown = [.. good.Where(proposal => proposal.Current is not null).Select(proposal => proposal.Metric.Status(proposal.Current!))];
        var leading = good.Length > 0 ? good.MaxBy(proposal => proposal.Replicas) : null;
        var asked = leading?.Replicas ?? 0;
        if (scaler.Idle is { } idle)
        {
            var isIdle = idle.IsIdle(now);
            if (isIdle && asked <= 1 && current <= 1) return Sleep(scaler, current, idle, shown, conditions, now);
            if (!isIdle && current == 0) return new(Math.Max(1, Math.Min(asked, scaler.Max)), "a request came while there were no replicas", scaler.History.Recommending(Math.Max(1, asked), now), shown, Follows(conditions, "the requests that come", now));
            asked = Math.Max(1, asked);
        }
        if (faulty is { Fault: var (reason, message) } && (leading is null || asked < current))
        {
            return new(
                current, "", scaler.History, shown,
                conditions.With(new(Active, "False", reason, $"the HPA was unable to compute the replica count: {message}"), now), (reason, message));
        }
        conditions = Follows(conditions, leading?.Metric.Words ?? "the requests that come", now);

        // What there was when it began counts as recommended: a target is not shrunk in its autoscaler's first minutes.
        var history = scaler.History.Recommended.IsEmpty ? scaler.History.Recommending(current, now) : scaler.History;
        history = history.Recommending(asked, now);
        var held = ScalingLimits.Hold(scaler, current, asked, history, now);
        var able = held.Stabilized is var (why, words) ? new Condition(Able, "True", why, words) : new Condition(Able, "True", "ReadyForNewScale", "recommended size matches current size");
        conditions = conditions.With(able, now).With(Condition.Of(Limited, held.IsLimited, held.Limited.Reason, held.Limited.Message), now);
        var because = held.Replicas > current ? $"{leading?.Metric.Words} above target" : held.Replicas < current ? "All metrics below target" : "";
        return new(held.Replicas, because, history, shown, conditions);
    }

    // Its wait is window enough.
    private static AutoscalerDecision Sleep(AutoscalerState scaler, long current, IdleRule idle, ImmutableArray<JsonObject> shown, ImmutableArray<Condition> conditions, DateTimeOffset now)
    {
        var since = $"nobody has asked for anything since {Shared.Json.Rfc3339.Write(idle.Requested)}; the next request scales the target up";
        return new(0, current > 0 ? "no requests" : "", scaler.History, shown, conditions.With(new(Active, "True", "ScaledToZero", since), now));
    }

    private static ImmutableArray<Condition> Follows(ImmutableArray<Condition> conditions, string what, DateTimeOffset now) =>
        conditions.With(new(Active, "True", "ValidMetricFound", $"the HPA was able to successfully calculate a replica count from {what}"), now);
}
