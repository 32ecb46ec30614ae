using System.Collections.Immutable;
using System.Text.Json;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Autoscaling;

/// <summary>How much a target may change within a time.</summary>
/// <param name="IsPercent">Whether <paramref name="Value"/> is a share of what there was at the beginning of the period, or a number of pods.</param>
internal sealed record ScalingPolicy(bool IsPercent, long Value, TimeSpan Period);

/// <summary>How an autoscaler scales in one direction: <c>behavior.scaleUp</c> and <c>behavior.scaleDown</c>, with Kubernetes' defaults.</summary>
/// <param name="Select"><c>Max</c>: the policy that allows most counts, <c>Min</c>: the one that allows least, <c>Disabled</c>: nothing changes.</param>
/// <param name="AnyTime">Up to which number a target may grow whatever policies say.</param>
internal sealed record ScalingRules(TimeSpan Stabilization, string Select, ImmutableArray<ScalingPolicy> Policies, double Tolerance, long AnyTime = 0)
{
    private static readonly TimeSpan UsualPeriod = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan UsualDownWindow = TimeSpan.FromMinutes(5);

    /// <summary>The rules for growing, of a <c>spec.behavior</c> that may say nothing.</summary>
    public static ScalingRules Up(JsonElement behaviour) => behaviour.ValueKind != JsonValueKind.Object
        ? new(TimeSpan.Zero, "Max", [new(true, 100, UsualPeriod)], Autoscaling.Tolerance.Usual, AnyTime: 4)
        : Read(behaviour.At("scaleUp"), TimeSpan.Zero, [new(false, 4, UsualPeriod), new(true, 100, UsualPeriod)]);

    /// <summary>The rules for shrinking, of a <c>spec.behavior</c> that may say nothing.</summary>
    public static ScalingRules Down(JsonElement behaviour) => Read(behaviour.At("scaleDown"), UsualDownWindow, [new(true, 100, UsualPeriod)]);

    /// <summary>The most replicas that policies allow now.</summary>
    public long UpTo(long current, ScalingHistory history, DateTimeOffset now) => Select == "Disabled" ? current : Math.Max(Math.Max(current, AnyTime), Pick(Policies.Select(policy =>
    {
        var (added, removed) = history.Changed(policy.Period, now);
        var before = current - added + removed;
        return policy.IsPercent ? PodMetricMath.Ceiling(before * (1 + policy.Value / 100.0)) : before + policy.Value;
    }), most: Select != "Min"));

    /// <summary>The fewest replicas that policies allow now.</summary>
    public long DownTo(long current, ScalingHistory history, DateTimeOffset now) => Select == "Disabled" ? current : Math.Min(current, Pick(Policies.Select(policy =>
    {
        var (added, removed) = history.Changed(policy.Period, now);
        var before = current - added + removed;
        return policy.IsPercent ? (long)(before * (1 - policy.Value / 100.0)) : before - policy.Value;
    }), most: Select == "Min"));

    private static long Pick(IEnumerable<long> allowed, bool most) => most ? allowed.Max() : allowed.Min();

    private static ScalingRules Read(JsonElement rules, TimeSpan window, ImmutableArray<ScalingPolicy> usual)
    {
        ImmutableArray<ScalingPolicy> policies =
            [.. rules.Objects("policies").Select(policy => new ScalingPolicy(policy.Text("type") == "Percent", policy.Number("value") ?? 0, TimeSpan.FromSeconds(policy.Number("periodSeconds") ?? 0)))];
        return new(
            rules.Number("stabilizationWindowSeconds") is { } seconds ? TimeSpan.FromSeconds(seconds) : window,
            rules.Text("selectPolicy") is { Length: > 0 } select ? select : "Max",
            policies.IsEmpty ? usual : policies,
            Quantities.TryParseMilli(rules.Text("tolerance"), out var milli) ? milli / 1000.0 : Autoscaling.Tolerance.Usual);
    }
}
