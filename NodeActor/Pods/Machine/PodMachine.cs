using System.Text;
using System.Text.Json.Nodes;
using NodeActor.Pods.Status;
using Shared.Protocol;

namespace NodeActor.Pods.Machine;

/// <summary>
/// Decides about one pod on this node. Pure: no clock, no I/O. It is level-based: it compares the desired pod with what the runtime is
/// observed to have and asks for what is missing, so it may be called at any time and any number of times, and a state that lost
/// everything but the desired pod leads to the same end.
/// <para>
/// What must never happen is two running containers of one name. It holds because a container is created only when the last look at the
/// runtime shows no other one of its name that runs or was created, nothing that adds to the runtime is under way, and the attempt is one
/// higher than any seen; an operation with an unknown outcome makes the look stale; and the runtime refuses a second container of one attempt.
/// </para>
/// </summary>
public static partial class PodMachine
{
    private static readonly TimeSpan StoppedRepeat = TimeSpan.FromSeconds(5);

    /// <summary>What to do now. Call again after every fact, and at <see cref="PodDecision.Wake"/>.</summary>
    public static PodDecision Decide(PodState state, Moment now)
    {
        var turn = new Turn(state, now);
        if (state.Definition is null && !state.Gone && state.FenceGrace is null) return turn.Decision; // Not known yet to be desired, nor to be an orphan.
        if (state.CleanedUp) TellStopped(turn);
        else if (state.Observed is null || state.Stale) Look(turn);
        else Act(turn);
        return turn.Decision;
    }

    /// <summary>The key under which failures of an operation are remembered: attempts to stop one container share it.</summary>
    internal static string TroubleKey(string operationKey) =>
        operationKey.StartsWith("stop/", StringComparison.Ordinal) ? operationKey[..operationKey.LastIndexOf('/')] : operationKey;

    internal static NodeEvent Event(PodState state, string fieldPath, string type, string reason, string message) =>
        new("Pod", state.Key.Namespace, state.Key.Name, state.Uid.Value, fieldPath, type, reason, message);

    private static void Look(Turn turn)
    {
        if (!turn.State.ChangingShape) turn.Do(new ObservePod());
    }

    private static void Act(Turn turn)
    {
        if (turn.State.TearingDown) return;
        if (turn.State.Gone)
        {
            Stop(turn, TimeSpan.Zero, remove: true);
            return;
        }
        if (turn.State.Definition is not { } pod)
        {
            // Left by an earlier agent, and the fence is around it: stopped, and nothing else, until it is known what shall become of it.
            StopFenced(turn, turn.State.FenceGrace!.Value);
            return;
        }
        var grace = turn.State.FenceGrace is { } fence && fence < pod.Grace ? fence : pod.Grace;
        CheckDeadline(turn, pod);
        var terminal = !pod.Deleting && HasEnded(turn);
        if (pod.Deleting) Stop(turn, grace, remove: true);
        else if (terminal) Stop(turn, grace, remove: false);
        else if (turn.State.FenceGrace is not null) StopFenced(turn, grace);
        else Run(turn, pod);
        // Once its containers are removed there is nothing left to tell of a deleted pod: the last word was how they ended.
        if (!pod.Deleting || !turn.State.Observed!.Containers.IsEmpty) TellStatus(turn, stopping: pod.Deleting || terminal);
    }

    private static void StopFenced(Turn turn, TimeSpan grace) =>
        StopContainers(turn, grace, runHooks: false, container => $"Stopping container {container.Name}: this node may have lost the pod");

    private static bool HasEnded(Turn turn)
    {
        var phase = PodStatusBuilder.Build(turn.State, stopping: turn.State.Failure is not null, turn.Moment).Phase;
        if (!PodPhase.Terminal(phase)) return false;
        turn.State = turn.State with { Ended = phase };
        return true;
    }

    private static void CheckDeadline(Turn turn, PodDefinition pod)
    {
        if (pod.Deleting || turn.State.Failure is not null || PodPhase.Terminal(pod.StoredPhase)) return;
        if (pod.Spec.ActiveDeadlineSeconds is not { } seconds) return;
        var deadline = turn.State.ActiveSince + TimeSpan.FromSeconds(seconds);
        if (turn.Now < deadline)
        {
            turn.WakeAt(deadline);
            return;
        }
        const string Message = "Pod was active on the node longer than the specified deadline";
        turn.State = turn.State with { Failure = ("DeadlineExceeded", Message) };
        turn.Event("", "Normal", "DeadlineExceeded", Message);
    }

    private static void TellStatus(Turn turn, bool stopping)
    {
        var report = PodStatusBuilder.Build(turn.State, stopping, turn.Moment);
        if (report.Ready && !turn.State.WasReady) turn.State = turn.State with { WasReady = true };
        if (JsonNode.DeepEquals(report.Json, turn.State.Told)) return;
        turn.State = turn.State with { Told = report.Json };
        turn.Tell(new TellStatus(Encoding.UTF8.GetBytes(report.Json.ToJsonString())));
    }

    private static void TellStopped(Turn turn)
    {
        var gone = turn.State.Gone || turn.State.Definition is null;
        if (turn.State.ToldStoppedAt is not { } told || turn.Now >= told + StoppedRepeat)
        {
            turn.Tell(new TellStopped());
            turn.State = turn.State with { ToldStoppedAt = turn.Now };
        }
        if (gone) turn.Tell(new Finish());
        else turn.WakeAt(turn.State.ToldStoppedAt!.Value + StoppedRepeat);
    }
}
