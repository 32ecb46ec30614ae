namespace NodeActor.Probes;

/// <summary>
/// When a container is probed and what follows. Beside the regular schedule (initial delay, then every period) a container that has
/// not succeeded yet gets a few <em>glances</em> in its first period, at 0.1, 0.3, 0.7, 1.5 ... seconds: a success counts, a failure does not.
/// After the first success the schedule is regular: successes that count lie a period apart.
/// So a container that needs 80 ms to listen is ready after 100 ms and not after a whole period, and thresholds mean what they say.
/// </summary>
public static class ProbeMachine
{
    private static readonly TimeSpan FirstGlance = TimeSpan.FromMilliseconds(100);
    private const int MostGlances = 6;

    /// <summary>When the next probing is due, in elapsed time like all times here. <paramref name="since"/> is when the container started, or passed its startup probe.</summary>
    public static TimeSpan Due(ProbeState state, ProbeKind kind, ProbeSettings settings, TimeSpan since)
    {
        if (state.LastCounted is not { } last) return since + settings.InitialDelay;
        var regular = last + settings.Period;
        return Glancing(state, kind) && GlanceAt(state, last) is var glance && glance < regular ? glance : regular;
    }

    /// <summary>The state after a probing that ended at <paramref name="now"/>.</summary>
    public static ProbeState After(ProbeState state, ProbeKind kind, ProbeSettings settings, bool success, TimeSpan now)
    {
        var glance = Glancing(state, kind) && state.LastCounted is { } last && now < last + settings.Period;
        if (glance && !success) return state with { Glances = state.Glances + 1 };
        var inRow = state.LastSuccess == success ? state.InRow + 1 : 1;
        var passed = success
            ? inRow >= settings.SuccessThreshold ? true : state.Passed
            : inRow >= settings.FailureThreshold ? false : state.Passed;
        return new(passed, inRow, success, now, FirstPeriodOver(state, glance) ? MostGlances : state.Glances);
    }

    /// <summary>True when the last probing was one whose failure counts, and so is worth an event.</summary>
    public static bool Counted(ProbeState before, ProbeState after) => after.LastCounted != before.LastCounted;

    private static bool FirstPeriodOver(ProbeState state, bool glance) => !glance && state.LastCounted is not null;

    private static bool Glancing(ProbeState state, ProbeKind kind) =>
        kind != ProbeKind.Liveness && state is { Passed: null, LastSuccess: not true } && state.Glances < MostGlances;

    private static TimeSpan GlanceAt(ProbeState state, TimeSpan last) => last + (FirstGlance * ((1 << (state.Glances + 1)) - 1));
}
