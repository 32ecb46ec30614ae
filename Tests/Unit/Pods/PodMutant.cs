using NodeActor.Pods.Machine;

namespace Tests.Unit.Pods;

/// <summary>
/// The machine without one of its guards. A guard is something the machine reads before it acts or keeps when it learns, so it is taken out by doctoring
/// what the machine reads and keeps: the machine itself has no switch for it.
/// </summary>
internal sealed record PodMutant
{
    /// <summary>The machine as it is.</summary>
    public static PodMutant None { get; } = new();

    /// <summary>What a decision is made from.</summary>
    public Func<PodState, PodState> Reads { get; init; } = state => state;

    /// <summary>What is kept after a fact: the state before it, the fact, the state after it.</summary>
    public Func<PodState, PodFact, PodState, PodState> Keeps { get; init; } = (_, _, after) => after;

    /// <summary>Whether the runtime refuses a second container or sandbox of one attempt.</summary>
    public bool ReservesAttempts { get; init; } = true;

    /// <summary>Whether the stored status of a pod reaches the agent.</summary>
    public bool ReadsStatus { get; init; } = true;

    /// <summary>Whether dead sandboxes are stopped before another is made.</summary>
    public bool StopsSandboxes { get; init; } = true;

    /// <summary>Decides from the doctored state, and keeps what was doctored as it is.</summary>
    public PodDecision Decide(PodState state, Moment now)
    {
        var read = Reads(state);
        if (!StopsSandboxes && read.Observed is { } seen) read = read with { StoppedSandboxes = [.. seen.Sandboxes.Where(one => !one.Ready).Select(one => one.Id)] };
        var decision = PodMachine.Decide(read, now);
        return decision with
        {
            State = decision.State with
            {
                Observed = state.Observed,
                Stale = state.Stale,
                StoppedSandboxes = state.StoppedSandboxes,
                InFlight = state.InFlight.SetItems(decision.State.InFlight),
            },
        };
    }

    /// <summary>Learns a fact.</summary>
    public PodStep Apply(PodState state, PodFact fact, Moment now)
    {
        var step = PodMachine.Apply(state, fact, now);
        return step with { State = Keeps(state, fact, step.State) };
    }
}
