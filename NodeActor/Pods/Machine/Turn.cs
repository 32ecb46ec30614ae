using System.Collections.Immutable;

namespace NodeActor.Pods.Machine;

/// <summary>One decision being made: gathers actions and keeps the state in step with them.</summary>
internal sealed class Turn(PodState state, Moment now)
{
    private readonly ImmutableArray<PodAction>.Builder _actions = ImmutableArray.CreateBuilder<PodAction>();
    private TimeSpan? _wake;

    public PodState State { get; set; } = state;
    public Moment Moment { get; } = now;

    /// <summary>Now, as far as anything is waited for.</summary>
    public TimeSpan Now => Moment.Elapsed;

    public PodDecision Decision => new(State, _actions.ToImmutable(), _wake);

    /// <summary>Starts an operation, unless one of its key is under way or must wait after a failure.</summary>
    public void Do(PodOperation operation)
    {
        if (State.Busy(operation.Key) || Waits(PodMachine.TroubleKey(operation.Key))) return;
        State = State with { InFlight = State.InFlight.Add(operation.Key, operation) };
        _actions.Add(operation);
    }

    /// <summary>True while a trouble of that key is not to be tried again yet.</summary>
    public bool Waits(string key)
    {
        if (!State.Held(key, Now)) return false;
        WakeAt(State.Troubles[key].RetryAt);
        return true;
    }

    public void Tell(PodAction action) => _actions.Add(action);

    public void Event(string fieldPath, string type, string reason, string message) =>
        Tell(new TellEvent(PodMachine.Event(State, fieldPath, type, reason, message)));

    public void WakeAt(TimeSpan time) => _wake = _wake is { } earlier && earlier <= time ? earlier : time;
}
