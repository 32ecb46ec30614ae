using System.Collections.Immutable;
using NodeActor.Probes;
using NodeActor.Runtime;

namespace NodeActor.Pods.Machine;

/// <summary>A container that is to be started as soon as <see cref="NotBefore"/> has passed.</summary>
public sealed record PlannedStart(ContainerDefinition Container, int Attempt, TimeSpan RestartDelay, TimeSpan NotBefore);

/// <summary>Which containers of a pod are to be started now, and whether its init containers are through.</summary>
public sealed record ContainerPlan(ImmutableArray<PlannedStart> Starts, bool Initialized)
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan LongEnough = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Plans the starts: init containers in order, each when the one before is through; then all main containers at once. A container that
    /// exited is planned again if its policy says so. Nothing is planned for a container that runs or is being made.
    /// </summary>
    public static ContainerPlan For(PodState state)
    {
        if (state is not { Definition: { } pod, Observed: { } observed }) return new([], false);
        var sandbox = observed.Current;
        var starts = ImmutableArray.CreateBuilder<PlannedStart>();
        var mains = pod.Containers.Where(one => one.Role == ContainerRole.Main).ToArray();
        var mainsOver = mains.All(one => observed.Latest(one.Name) is { Phase: ContainerPhase.Exited } last && !Restarts(pod, one, last));
        if (mainsOver) return new([], true);

        var begun = sandbox is not null && observed.Containers.Any(one => one.SandboxId == sandbox.Id && mains.Any(main => main.Name == one.Name));
        foreach (var init in pod.Containers.Where(one => one.Role != ContainerRole.Main))
        {
            if (init.Role == ContainerRole.Init && begun) continue;
            var last = observed.Latest(init.Name);
            var here = last is not null && sandbox is not null && last.SandboxId == sandbox.Id;
            var through = here && (init.Role == ContainerRole.Init
                ? last is { Phase: ContainerPhase.Exited, ExitCode: 0 }
                : last!.Phase == ContainerPhase.Running && Started(state, init, last));
            if (!through && (!here || last!.Phase == ContainerPhase.Exited) && MayStart(pod, init, last, here)) starts.Add(Start(state, init, last));
            if (!through && !begun) return new(starts.ToImmutable(), false);
        }
        foreach (var main in mains)
        {
            var last = observed.Latest(main.Name);
            if (last is null || (last.Phase == ContainerPhase.Exited && Restarts(pod, main, last))) starts.Add(Start(state, main, last));
        }
        return new(starts.ToImmutable(), true);
    }

    /// <summary>True when the container counts as started: its postStart hook and startup probe are through.</summary>
    public static bool Started(PodState state, ContainerDefinition container, RuntimeContainer running) =>
        running.Phase == ContainerPhase.Running
        && !state.PostStartPending.Contains(running.Id)
        && (container.Spec.StartupProbe is null || state.Probes.GetValueOrDefault(new(running.Id, ProbeKind.Startup))?.Passed == true);

    /// <summary>True when the restart policy asks for another attempt after this exit.</summary>
    public static bool Restarts(PodDefinition pod, ContainerDefinition container, RuntimeContainer exited) => container.Role switch
    {
        ContainerRole.Sidecar => true,
        ContainerRole.Init => exited.ExitCode != 0 && pod.RestartPolicy != "Never",
        _ => pod.RestartPolicy switch { "Never" => false, "OnFailure" => exited.ExitCode != 0, _ => true },
    };

    /// <summary>When an exited container may start again: at once after a long run, else after its delay.</summary>
    private static TimeSpan RestartAt(PodState state, RuntimeContainer exited) =>
        state.ReachedAt(exited, ContainerPhase.Exited) + (RanLong(state, exited) ? TimeSpan.Zero : exited.RestartDelay);

    /// <summary>The delay before the attempt after the next: 10 s, doubling to 5 min, beginning anew after a long run.</summary>
    private static TimeSpan NextDelay(PodState state, RuntimeContainer exited)
    {
        if (RanLong(state, exited) || exited.RestartDelay < FirstDelay) return FirstDelay;
        var doubled = exited.RestartDelay * 2;
        return doubled < LongestDelay ? doubled : LongestDelay;
    }

    private static bool MayStart(PodDefinition pod, ContainerDefinition container, RuntimeContainer? last, bool here) =>
        last is null || !here || Restarts(pod, container, last);

    private static PlannedStart Start(PodState state, ContainerDefinition container, RuntimeContainer? last) =>
        last is not { Phase: ContainerPhase.Exited }
            ? new(container, last is null ? 0 : last.Attempt + 1, TimeSpan.Zero, TimeSpan.MinValue)
            : Again(state, container, last);

    private static PlannedStart Again(PodState state, ContainerDefinition container, RuntimeContainer last)
    {
        // An init container that succeeded runs again only because the sandbox is new: that is no crash.
        var crash = container.Role != ContainerRole.Init || last.ExitCode != 0;
        return new(container, last.Attempt + 1, crash ? NextDelay(state, last) : TimeSpan.Zero, crash ? RestartAt(state, last) : TimeSpan.MinValue);
    }

    private static bool RanLong(PodState state, RuntimeContainer exited) =>
        exited.StartedAt is not null && state.ReachedAt(exited, ContainerPhase.Exited) - state.ReachedAt(exited, ContainerPhase.Running) > LongEnough;
}
