using NodeActor.Probes;
using NodeActor.Runtime;

namespace NodeActor.Pods.Machine;

/// <summary>Running: objects, volumes, sandbox, images, containers, probes.</summary>
public static partial class PodMachine
{
    private static readonly TimeSpan TellBackOffAfter = TimeSpan.FromSeconds(1);

    private static void Run(Turn turn, PodDefinition pod)
    {
        var known = pod.References.All.All(turn.State.Objects.ContainsKey);
        if (turn.State.VolumesDirty && pod.References.Volumes.All(turn.State.Objects.ContainsKey))
        {
            if (turn.State.VolumesStaged || pod.Spec.Volumes is null or { Count: 0 }) turn.Do(new PublishVolumes());
            else turn.Do(new StageVolumes());
        }
        var plan = ContainerPlan.For(turn.State);
        Sweep(turn, pod);
        KeepSandbox(turn, plan);
        if (MainsOver(turn.State, pod)) StopSidecars(turn, pod);
        foreach (var start in plan.Starts) Start(turn, start, known);
        CondemnChanged(turn, pod);
        CarryOutVerdicts(turn);
        RunHooks(turn);
        RunProbes(turn, pod);
        RemoveOld(turn);
    }

    /// <summary>Removes what an interrupted start left, and stops what runs where it must not: in a dead sandbox, or lost by the runtime.</summary>
    private static void Sweep(Turn turn, PodDefinition pod)
    {
        var observed = turn.State.Observed!;
        var current = observed.Current?.Id;
        foreach (var container in observed.Containers)
        {
            if (container.Phase == ContainerPhase.Created) turn.Do(new RemoveContainer(container.Name, container.Id, container.Attempt));
            else if (container.Phase == ContainerPhase.Unknown) StopOne(turn, container, turn.Now, runHook: false, "");
            else if (container.Phase == ContainerPhase.Running && (container.SandboxId != current || observed.Latest(container.Name) != container))
            {
                var stopping = turn.State.InFlight.Values.OfType<StopContainer>().Any(one => one.Id == container.Id);
                if (!stopping) StopOne(turn, container, turn.Now + pod.Grace, runHook: false, $"Stopping container {container.Name}");
            }
        }
    }

    private static void KeepSandbox(Turn turn, ContainerPlan plan)
    {
        var observed = turn.State.Observed!;
        foreach (var second in observed.Sandboxes.Where(one => one.Ready && one != observed.Current)) turn.Do(new StopSandbox(second.Id));
        if (observed.Current is not null || plan.Starts.IsEmpty || observed.Containers.Any(one => one.MayRun) || turn.State.ChangingShape) return;
        var unstopped = observed.Sandboxes.Where(one => !turn.State.StoppedSandboxes.Contains(one.Id)).ToArray();
        foreach (var dead in unstopped) turn.Do(new StopSandbox(dead.Id));
        if (unstopped.Length > 0 || !turn.State.VolumesReady) return;
        var attempt = observed.Sandboxes.IsEmpty ? 0 : observed.Sandboxes.Max(one => one.Attempt) + 1;
        if (attempt > 0 && !turn.State.Busy("sandbox") && !turn.State.Held("sandbox", turn.Now))
        {
            turn.Event("", "Normal", "SandboxChanged", "Pod sandbox changed, it will be killed and re-created.");
        }
        turn.Do(new RunSandbox(attempt));
    }

    private static bool MainsOver(PodState state, PodDefinition pod) => pod.Containers
        .Where(one => one.Role == ContainerRole.Main)
        .All(one => state.Observed!.Latest(one.Name) is { Phase: ContainerPhase.Exited } last && !ContainerPlan.Restarts(pod, one, last));

    private static void StopSidecars(Turn turn, PodDefinition pod) =>
        StopContainers(turn, pod.Grace, runHooks: true, container => $"Stopping container {container.Name}");

    private static void Start(Turn turn, PlannedStart start, bool objectsKnown)
    {
        var name = start.Container.Name;
        var state = turn.State;
        if (state.Busy($"container/{name}")) return;
        if (turn.Now < start.NotBefore)
        {
            TellBackOff(turn, start);
            turn.WakeAt(start.NotBefore);
            return;
        }
        if (!state.Images.ContainsKey(name))
        {
            TellPullBackOff(turn, start.Container);
            turn.Do(new EnsureImage(name, start.Container.Spec.Image, start.Container.PullPolicy));
            return;
        }
        var observed = state.Observed!;
        if (observed.Current is null || !state.VolumesReady || !objectsKnown) return;
        if (observed.Containers.Any(one => one.Name == name && (one.Phase != ContainerPhase.Exited || one.Attempt >= start.Attempt))) return;
        turn.Do(new StartContainer(name, start.Attempt, start.RestartDelay));
    }

    private static void TellBackOff(Turn turn, PlannedStart start)
    {
        if (turn.State.Observed!.Latest(start.Container.Name) is not { } exited || turn.State.ToldBackOffs.Contains(exited.Id)) return;
        turn.State = turn.State with { ToldBackOffs = turn.State.ToldBackOffs.Add(exited.Id) };
        turn.Event(start.Container.FieldPath, "Warning", "BackOff",
            $"Back-off restarting failed container {start.Container.Name} in pod {Status.ContainerStatusBuilder.PodName(turn.State)}");
    }

    private static void TellPullBackOff(Turn turn, ContainerDefinition container)
    {
        var key = $"image/{container.Name}";
        if (!turn.State.Troubles.TryGetValue(key, out var trouble) || trouble.Told || trouble.Reason != "ErrImagePull") return;
        if (turn.Now < trouble.Since + TellBackOffAfter)
        {
            turn.WakeAt(trouble.Since + TellBackOffAfter);
            return;
        }
        turn.State = turn.State with { Troubles = turn.State.Troubles.SetItem(key, trouble with { Told = true }) };
        turn.Event(container.FieldPath, "Normal", "BackOff", $"Back-off pulling image \"{container.Spec.Image}\"");
        turn.Event(container.FieldPath, "Warning", "Failed", "Error: ImagePullBackOff");
    }

    /// <summary>The image is what may change in a pod's spec: a container of another one is replaced.</summary>
    private static void CondemnChanged(Turn turn, PodDefinition pod)
    {
        foreach (var container in pod.Containers.Where(one => one.Role != ContainerRole.Init))
        {
            if (turn.State.Observed!.Latest(container.Name) is not { Phase: ContainerPhase.Running, Image.Length: > 0 } running) continue;
            if (running.Image == container.Spec.Image || turn.State.Condemned.ContainsKey(running.Id)) continue;
            var verdict = new Verdict($"Container {container.Name} definition changed, will be restarted", pod.Grace);
            turn.State = turn.State with { Condemned = turn.State.Condemned.Add(running.Id, verdict) };
        }
    }

    private static void CarryOutVerdicts(Turn turn)
    {
        foreach (var (id, verdict) in turn.State.Condemned)
        {
            var container = turn.State.Observed!.Containers.FirstOrDefault(one => one.Id == id && one.MayRun);
            if (container is null) turn.State = turn.State with { Condemned = turn.State.Condemned.Remove(id) };
            else if (!turn.State.InFlight.Values.OfType<StopContainer>().Any(one => one.Id == id))
            {
                StopOne(turn, container, turn.Now + verdict.Grace, runHook: true, verdict.Message);
            }
        }
    }

    private static void RunHooks(Turn turn)
    {
        foreach (var id in turn.State.PostStartPending)
        {
            var container = turn.State.Observed!.Containers.FirstOrDefault(one => one.Id == id && one.MayRun);
            if (container is null) turn.State = turn.State with { PostStartPending = turn.State.PostStartPending.Remove(id) };
            else turn.Do(new RunPostStart(container.Name, id));
        }
        foreach (var id in turn.State.ExitsToSee) turn.Do(new ObserveExit(id));
        turn.State = turn.State with { ExitsToSee = [] };
    }

    private static void RunProbes(Turn turn, PodDefinition pod)
    {
        var observed = turn.State.Observed!;
        foreach (var container in pod.Containers)
        {
            if (container.Role == ContainerRole.Init || observed.Latest(container.Name) is not { Phase: ContainerPhase.Running } running) continue;
            if (turn.State.PostStartPending.Contains(running.Id) || turn.State.Condemned.ContainsKey(running.Id)) continue;
            foreach (var kind in ProbeSpecs.Kinds(container.Spec))
            {
                var since = turn.State.ReachedAt(running, ContainerPhase.Running);
                if (kind == ProbeKind.Startup ? ContainerPlan.Started(turn.State, container, running) : !ContainerPlan.Started(turn.State, container, running)) continue;
                if (kind != ProbeKind.Startup && turn.State.Probes.GetValueOrDefault(new(running.Id, ProbeKind.Startup))?.LastCounted is { } up) since = up;
                var settings = ProbeSettings.Of(ProbeSpecs.Of(container.Spec, kind)!);
                var due = ProbeMachine.Due(turn.State.Probes.GetValueOrDefault(new(running.Id, kind)) ?? ProbeState.New, kind, settings, since);
                var operation = new RunProbe(container.Name, running.Id, kind);
                if (turn.State.Busy(operation.Key)) continue;
                if (due <= turn.Now) turn.Do(operation);
                else turn.WakeAt(due);
            }
        }
    }

    /// <summary>Keeps the newest two attempts of each container (its state and its last state) and removes the others.</summary>
    private static void RemoveOld(Turn turn)
    {
        var observed = turn.State.Observed!;
        var kept = observed.Containers.GroupBy(one => one.Name)
            .SelectMany(group => group.OrderByDescending(one => one.Attempt).Take(2))
            .ToHashSet();
        foreach (var old in observed.Containers.Where(one => !kept.Contains(one) && one.Phase == ContainerPhase.Exited && one.SandboxId.Length > 0))
        {
            turn.Do(new RemoveContainer(old.Name, old.Id, old.Attempt));
        }
        if (observed.Current is not { } current) return;
        foreach (var old in observed.Sandboxes.Where(one => one.Id != current.Id && turn.State.StoppedSandboxes.Contains(one.Id)))
        {
            if (!kept.Any(one => one.SandboxId == old.Id)) turn.Do(new RemoveSandbox(old.Id));
        }
    }
}
