using k8s.Models;

namespace NodeActor.Probes;

/// <summary>What a probe decides about.</summary>
public enum ProbeKind
{
    /// <summary>Has it come up; until then the others do not count.</summary>
    Startup,

    /// <summary>May it get traffic.</summary>
    Readiness,

    /// <summary>Must it be restarted.</summary>
    Liveness,
}

/// <summary>One probe of one container.</summary>
public readonly record struct ProbeKey(string ContainerId, ProbeKind Kind);

/// <summary>How one probing went.</summary>
public sealed record ProbeResult(bool Success, string Message);

/// <summary>When to probe and what to make of it; Kubernetes' defaults where the spec says nothing.</summary>
public sealed record ProbeSettings(TimeSpan InitialDelay, TimeSpan Period, TimeSpan Timeout, int SuccessThreshold, int FailureThreshold)
{
    /// <summary>Reads a probe's numbers.</summary>
    public static ProbeSettings Of(V1Probe probe) => new(
        TimeSpan.FromSeconds(Math.Max(0, probe.InitialDelaySeconds ?? 0)),
        TimeSpan.FromSeconds(probe.PeriodSeconds is > 0 and var period ? period : 10),
        TimeSpan.FromSeconds(probe.TimeoutSeconds is > 0 and var timeout ? timeout : 1),
        probe.SuccessThreshold is > 0 and var success ? success : 1,
        probe.FailureThreshold is > 0 and var failure ? failure : 3);
}

/// <summary>What is known from the probings of one kind on one container so far.</summary>
/// <param name="Passed">What the thresholds made of it; null before either was reached.</param>
/// <param name="InRow">How many of the last results in a row were like the last one.</param>
/// <param name="LastSuccess">The last counted result.</param>
/// <param name="LastCounted">When the last counted probing ended, in elapsed time.</param>
/// <param name="Glances">Probings between the regular ones, see <see cref="ProbeMachine"/>.</param>
public sealed record ProbeState(bool? Passed, int InRow, bool? LastSuccess, TimeSpan? LastCounted, int Glances)
{
    /// <summary>Nothing is known.</summary>
    public static ProbeState New { get; } = new(null, 0, null, null, 0);
}
