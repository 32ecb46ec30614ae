using NodeActor.Runtime;

namespace NodeActor.Pods.Machine;

/// <summary>Stopping: drain, preStop and TERM, KILL, then the sandbox.</summary>
public static partial class PodMachine
{
    private static readonly TimeSpan LongestDrain = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan SameDeadline = TimeSpan.FromMilliseconds(500);

    /// <summary>Stops the pod for good; with <paramref name="remove"/> also removes all there is of it.</summary>
    private static void Stop(Turn turn, TimeSpan grace, bool remove)
    {
        var observed = turn.State.Observed!;
        if (observed.Containers.Any(one => one.MayRun))
        {
            if (remove && !Drained(turn, grace)) return;
            StopContainers(turn, grace, runHooks: !turn.State.Gone && turn.State.FenceGrace is null, container => $"Stopping container {container.Name}");
            return;
        }
        if (turn.State.ChangingShape && turn.State.InFlight.Values.Any(one => one is StartContainer or RunSandbox or RemoveContainer)) return;
        foreach (var sandbox in observed.Sandboxes.Where(one => !turn.State.StoppedSandboxes.Contains(one.Id))) turn.Do(new StopSandbox(sandbox.Id));
        if (!remove) return;
        foreach (var sandbox in observed.Sandboxes.Where(one => turn.State.StoppedSandboxes.Contains(one.Id))) turn.Do(new RemoveSandbox(sandbox.Id));
        foreach (var stray in observed.Containers.Where(one => one.SandboxId.Length > 0 && observed.Sandboxes.All(box => box.Id != one.SandboxId)))
        {
            turn.Do(new RemoveContainer(stray.Name, stray.Id, stray.Attempt));
        }
        var nothing = observed.Sandboxes.IsEmpty && observed.Containers.All(one => one.SandboxId.Length == 0);
        if (nothing && !turn.State.ChangingShape && !turn.State.Busy("volumes") && !turn.State.Busy("volumes-stage")) TearDown(turn);
    }

    /// <summary>Volumes first: what could not be unmounted is never deleted through.</summary>
    private static void TearDown(Turn turn) =>
        turn.Do(!turn.State.VolumesUnpublished ? new UnpublishVolumes() : !turn.State.VolumesUnstaged ? new UnstageVolumes() : new CleanUp());

    /// <summary>True when TERM may be sent: nothing new comes in, or nobody answers whether it does.</summary>
    private static bool Drained(Turn turn, TimeSpan grace)
    {
        var state = turn.State;
        if (state.Gone || state.Definition is null || state.Drained || !state.WasReady || state.FenceGrace is not null || state.KillAt is not null) return true;
        if (state.DrainAskedAt is null)
        {
            turn.Tell(new AskDrain());
            turn.State = state with { DrainAskedAt = turn.Now };
        }
        var limit = turn.State.DrainAskedAt!.Value + (grace < LongestDrain ? grace : LongestDrain);
        if (turn.Now >= limit) return true;
        turn.WakeAt(limit);
        return false;
    }

    /// <summary>Main and init containers all at once; when they have exited, the sidecars, last started first.</summary>
    private static void StopContainers(Turn turn, TimeSpan grace, bool runHooks, Func<RuntimeContainer, string> why)
    {
        var running = turn.State.Observed!.Containers.Where(one => one.MayRun).ToArray();
        if (running.Length == 0) return;
        var deadline = turn.Now + grace;
        var killAt = turn.State.KillAt is { } earlier && earlier < deadline ? earlier : deadline;
        turn.State = turn.State with { KillAt = killAt };
        var sidecars = turn.State.Definition?.Containers.Where(one => one.Role == ContainerRole.Sidecar).Select(one => one.Name).ToList() ?? [];
        var others = running.Where(one => !sidecars.Contains(one.Name)).ToArray();
        var targets = others.Length > 0 && grace > TimeSpan.Zero ? others
            : grace > TimeSpan.Zero ? [running.MaxBy(one => sidecars.IndexOf(one.Name))!]
            : running;
        foreach (var container in targets) StopOne(turn, container, killAt, runHooks, why(container));
    }

    private static void StopOne(Turn turn, RuntimeContainer container, TimeSpan deadline, bool runHook, string why)
    {
        var underWay = turn.State.InFlight.Values.OfType<StopContainer>().Where(one => one.Id == container.Id).ToArray();
        if (underWay.Any(one => one.Deadline <= deadline + SameDeadline)) return;
        // A second, shorter stop only hurries the first: the hook and the event are the first one's.
        turn.Do(new StopContainer(container.Name, container.Id, deadline, runHook && underWay.Length == 0, underWay.Length == 0 ? why : ""));
    }
}
