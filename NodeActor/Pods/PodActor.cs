using Akka.Actor;
using Akka.Event;
using NodeActor.Pods.Machine;
using Shared.Api;

namespace NodeActor.Pods;

/// <summary>
/// One pod on this node. Owns nothing but the loop: a fact comes in, <see cref="PodMachine"/> decides, operations go out and come back as facts.
/// What is for the control plane goes to the parent.
/// </summary>
internal sealed class PodActor : ReceiveActor, IWithTimers
{
    private const string WakeTimer = "wake";

    private readonly PodOperations _operations;
    private readonly TimeProvider _clock;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly CancellationTokenSource _ended = new();
    private PodState _state;

    public PodActor(ObjectKey pod, PodUid uid, PodOperations operations, TimeProvider clock)
    {
        _operations = operations;
        _clock = clock;
        _state = new(pod, uid);
        Receive<PodFact>(Take);
        Receive<Wake>(_ => Decide());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(ObjectKey pod, PodUid uid, PodOperations operations, TimeProvider clock) =>
        Akka.Actor.Props.Create(() => new PodActor(pod, uid, operations, clock));

    protected override void PostStop()
    {
        _ended.Cancel();
        _ended.Dispose();
    }

    private void Take(PodFact fact)
    {
        if (fact is OperationFailed failed) _log.Warning("Pod {0}: {1} failed: {2}", _state.Key, failed.Key, failed.Message);
        var step = PodMachine.Apply(_state, fact, Moment.Of(_clock));
        _state = step.State;
        foreach (var told in step.Events) Context.Parent.Tell(new PodEvent(told.Event));
        Decide();
    }

    private void Decide()
    {
        var now = Moment.Of(_clock);
        var decision = PodMachine.Decide(_state, now);
        _state = decision.State;
        foreach (var action in decision.Actions) CarryOut(action);
        if (decision.Wake is { } wake) Timers.StartSingleTimer(WakeTimer, Wake.Instance, wake > now.Elapsed ? wake - now.Elapsed : TimeSpan.Zero);
        else Timers.Cancel(WakeTimer);
    }

    private void CarryOut(PodAction action)
    {
        switch (action)
        {
            case PodOperation operation:
                var self = Self;
                _operations.RunAsync(_state, operation, fact => self.Tell(fact), _ended.Token)
                    .PipeTo(Self, failure: error => new OperationFailed(operation.Key, error.Message, OutcomeUnknown: true));
                break;
            case TellStatus status:
                Context.Parent.Tell(new PodStatusChanged(_state.Key, _state.Uid, status.Json));
                break;
            case TellEvent told:
                Context.Parent.Tell(new PodEvent(told.Event));
                break;
            case AskDrain:
                Context.Parent.Tell(new PodAwaitsDrain(_state.Key, _state.Uid));
                break;
            case TellStopped:
                Context.Parent.Tell(new PodStopped(_state.Key, _state.Uid));
                break;
            case Finish:
                Context.Parent.Tell(new PodEnded(_state.Uid));
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(action), action, "unknown action");
        }
    }

    private sealed record Wake
    {
        public static Wake Instance { get; } = new();
    }
}

/// <summary>From a pod's actor: nothing of the pod is left and nobody asks for it.</summary>
internal sealed record PodEnded(PodUid Uid);
