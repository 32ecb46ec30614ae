using System.Collections.Immutable;
using NodeActor.Probes;
using NodeActor.Runtime;
using Shared.Api;
using Shared.Json;

namespace NodeActor.Pods.Machine;

/// <summary>A state after a fact, and the events that follow from the fact itself.</summary>
public sealed record PodStep(PodState State, ImmutableArray<TellEvent> Events);

/// <summary>Learning: what a fact does to the state.</summary>
public static partial class PodMachine
{
    private const int MostEarlyExits = 32;
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FirstPullRetry = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestPullRetry = TimeSpan.FromMinutes(5);

    /// <summary>The state after a fact. A fact about something that is not there (any more) changes nothing.</summary>
    public static PodStep Apply(PodState state, PodFact fact, Moment now)
    {
        var step = Learn(state, fact, now);
        return ReferenceEquals(step.State.Observed, state.Observed) ? step : step with { State = step.State with { Reached = Reached(step.State, now) } };
    }

    private static PodStep Learn(PodState state, PodFact fact, Moment now)
    {
        if (fact is PodResult result)
        {
            // An answer to an operation nobody knows of: from before a restart of the actor.
            if (!state.Busy(result.Key)) return new(state, []);
            state = state with { InFlight = state.InFlight.Remove(result.Key) };
        }
        return fact switch
        {
            DesiredChanged changed => new(Desire(state, changed.Definition, now), []),
            Vanished => new(state with { Gone = true, KillAt = state.KillAt is { } at && at < now.Elapsed ? at : now.Elapsed }, []),
            FenceChanged fence => new(state with
            {
                FenceGrace = fence.Fenced ? fence.Grace : null,
                KillAt = fence.Fenced || state.Definition is { Deleting: true } ? state.KillAt : null,
            }, []),
            DrainConfirmed => new(state with { Drained = true }, []),
            HostProfileChanged node => new(state with { HostIPs = node.HostIPs, Allocatable = node.Allocatable }, []),
            ObjectsKnown known => new(Know(state, known), []),
            ExitHinted hint => new(Hint(state, hint.Id), []),
            Relisted listed => new(Compare(state, listed.Listing), []),
            Progress progress => new(state, [Tell(state, progress.FieldPath, progress.Type, progress.Reason, progress.Message)]),
            PodObserved observed => new(Observe(state, observed.Pod), []),
            OperationDone done => new(Done(state, done.Key), []),
            OperationFailed failed => Fail(state, failed, now.Elapsed),
            ContainerSeen seen => new(See(state, seen, now.Elapsed), []),
            SandboxStarted started => new(state with
            {
                Observed = state.Observed is { } seen ? seen with { Sandboxes = seen.Sandboxes.RemoveAll(one => one.Id == started.Sandbox.Id).Add(started.Sandbox) } : null,
                Troubles = state.Troubles.Remove("sandbox"),
            }, []),
            ImageReady ready => new(state with { Images = state.Images.SetItem(ready.Container, ready.Image), Troubles = state.Troubles.Remove(ready.Key) }, []),
            ImageFailed failed => FailImage(state, failed, now.Elapsed),
            ContainerStarted started => Started(state, started.Container),
            ContainerFailed failed => FailContainer(state, failed, now.Elapsed),
            PostStartEnded ended => EndPostStart(state, ended),
            ProbeEnded ended => EndProbe(state, ended, now.Elapsed),
            _ => throw new ArgumentOutOfRangeException(nameof(fact), fact, "unknown fact"),
        };
    }

    /// <summary>When what is observed came to run and to end; what is known of that stays, however the clock is set.</summary>
    private static ImmutableDictionary<(string Id, ContainerPhase Phase), TimeSpan> Reached(PodState state, Moment now)
    {
        var reached = ImmutableDictionary.CreateBuilder<(string Id, ContainerPhase Phase), TimeSpan>();
        foreach (var container in state.Observed?.Containers ?? [])
        {
            if (container.Phase == ContainerPhase.Running || container.StartedAt is not null) Reach(container.Id, ContainerPhase.Running, container.StartedAt ?? container.CreatedAt);
            if (container.Phase == ContainerPhase.Exited) Reach(container.Id, ContainerPhase.Exited, container.FinishedAt ?? container.CreatedAt);
        }
        return reached.ToImmutable();

        void Reach(string id, ContainerPhase phase, DateTimeOffset told) => reached[(id, phase)] = state.Reached.TryGetValue((id, phase), out var known) ? known : now.At(told);
    }

    private static PodState Desire(PodState state, PodDefinition definition, Moment now)
    {
        var start = state.StartTime ?? definition.Status.Time("startTime") ?? now.Wall;
        var wasReady = Conditions.Holds(definition.Status, "Ready");
        // What was looked at before it was known what to look for is looked at again.
        if (state.Gone) state = ComeBack(state);
        else if (state.Definition is null) state = state with { Observed = null, Stale = true };
        if (state.Definition is { } known && ShowsOther(known, definition)) state = state with { VolumesDirty = true, Troubles = state.Troubles.RemoveRange(["volumes", "volumes-stage"]) };
        return state with
        {
            Definition = definition, StartTime = start, ActiveSince = state.StartTime is null ? now.At(start) : state.ActiveSince, WasReady = state.WasReady || wasReady,
        };
    }

    /// <summary>Whether a downwardAPI volume of the pod may show something else now; writing it again changes only what is different.</summary>
    private static bool ShowsOther(PodDefinition before, PodDefinition after) =>
        !Same(before.Pod.Metadata.Labels, after.Pod.Metadata.Labels) || !Same(before.Pod.Metadata.Annotations, after.Pod.Metadata.Annotations);

    private static bool Same(IDictionary<string, string>? one, IDictionary<string, string>? other) =>
        (one?.Count ?? 0) == (other?.Count ?? 0) && (one ?? new Dictionary<string, string>()).All(entry => other!.TryGetValue(entry.Key, out var value) && value == entry.Value);

    /// <summary>A pod that had vanished is desired again: it begins anew with what the runtime still has, and in new folders if the old ones were removed.</summary>
    private static PodState ComeBack(PodState state) => state with
    {
        Gone = false, KillAt = null, DrainAskedAt = null, Drained = false, CleanedUp = false, ToldStoppedAt = null, Observed = null, Stale = true,
        VolumesReady = false, VolumesDirty = true, VolumesStaged = false, VolumesUnpublished = false, VolumesUnstaged = false, Images = ImmutableDictionary<string, RuntimeImage>.Empty, Told = null,
    };

    private static bool Wanted(PodState state) => state is { Gone: false, Definition.Deleting: false };

    private static PodState Know(PodState state, ObjectsKnown known)
    {
        var changed = known.Objects.Where(one => state.Objects.GetValueOrDefault(one.Key)?.IsSame(one.Value) != true).Select(one => one.Key).ToArray();
        state = state with { Objects = known.Objects };
        if (changed.Length == 0 || state.Definition is not { } pod) return state;
        return state with
        {
            VolumesDirty = state.VolumesDirty || pod.References.Volumes.Any(changed.Contains),
            Troubles = state.Troubles.RemoveRange(state.Troubles.Where(one => one.Key is "volumes" or "volumes-stage" || one.Value.Reason == "CreateContainerConfigError").Select(one => one.Key)),
        };
    }

    private static PodState Hint(PodState state, string id)
    {
        if (state.Observed?.Containers.Any(one => one.Id == id && one.MayRun) == true) return state with { ExitsToSee = state.ExitsToSee.Add(id) };
        if (state.Observed?.Sandboxes.Any(one => one.Id == id && one.Ready) == true && !state.Busy($"sandbox-stop/{id}")) return state with { Stale = true };
        if (!state.ChangingShape) return state;
        var exits = state.EarlyExits.Enqueue(id);
        return state with { EarlyExits = exits.Count() > MostEarlyExits ? exits.Dequeue() : exits };
    }

    private static PodState Compare(PodState state, RuntimePod listing) =>
        state.Observed is { } observed && !state.ChangingShape && !state.Busy("observe") && !observed.SameShape(listing)
            ? state with { Stale = true, CleanedUp = false }
            : state;

    private static PodState Observe(PodState state, RuntimePod seen)
    {
        var first = state.Observed is null;
        var before = (state.Observed?.Containers ?? []).ToDictionary(one => one.Id);
        var containers = seen.Containers.Select(one => before.GetValueOrDefault(one.Id) is { Phase: ContainerPhase.Exited } ended ? ended : one);
        var remembered = first ? Remembered(state, seen) : Lost(before.Values, seen);
        state = state with { Observed = new(seen.Sandboxes, [.. containers, .. remembered]), Stale = false, Troubles = state.Troubles.Remove("observe") };
        return first ? SeedProbes(state) : state;
    }

    private static IEnumerable<RuntimeContainer> Remembered(PodState state, RuntimePod seen) =>
        from container in state.Definition?.Containers ?? []
        let stored = StoredStatus.Of(state.Definition!, container.Name)
        where stored is { Ran: true } && LatestRan(seen, container.Name) < stored.RestartCount && seen.Containers.All(one => one.Id != stored.Id)
        select stored.Remember(state.Uid, container.Name);

    /// <summary>The newest attempts that were known and are not there any more: counts go on from them.</summary>
    private static IEnumerable<RuntimeContainer> Lost(IEnumerable<RuntimeContainer> before, RuntimePod seen) =>
        from ran in before.Where(one => one.Phase != ContainerPhase.Created)
        group ran by ran.Name into attempts
        let newest = attempts.MaxBy(one => one.Attempt)!
        where LatestRan(seen, attempts.Key) < newest.Attempt
        select StoredStatus.Lost(newest);

    /// <summary>The newest attempt that came to run; one that was only created is removed again and leaves no trace. -1: none.</summary>
    private static int LatestRan(RuntimePod seen, string name) =>
        seen.Containers.Where(one => one.Name == name && one.Phase != ContainerPhase.Created).Select(one => one.Attempt).DefaultIfEmpty(-1).Max();

    /// <summary>A container that was ready when an earlier agent said so stays ready until its probe says otherwise.</summary>
    private static PodState SeedProbes(PodState state)
    {
        var probes = state.Probes;
        var passed = new ProbeState(true, 1, true, null, 0);
        foreach (var container in state.Definition?.Containers ?? [])
        {
            if (state.Observed!.Latest(container.Name) is not { Phase: ContainerPhase.Running } running) continue;
            if (StoredStatus.Of(state.Definition!, container.Name) is not { } stored || stored.Id != running.Id) continue;
            if (stored.Started) probes = probes.SetItem(new(running.Id, ProbeKind.Startup), passed);
            if (stored.Ready) probes = probes.SetItem(new(running.Id, ProbeKind.Readiness), passed);
        }
        return state with { Probes = probes };
    }

    private static PodState Done(PodState state, string key)
    {
        state = state with { Troubles = state.Troubles.Remove(TroubleKey(key)) };
        // Null when a pod came back meanwhile: what an operation did is then seen by the look that comes.
        var observed = state.Observed;
        return key.Split('/', 2) switch
        {
            ["volumes-stage"] => state with { VolumesStaged = true },
            ["volumes"] => state with { VolumesReady = true, VolumesDirty = false },
            // A pod that came back meanwhile gets its volumes anew.
            ["volumes-unpublish"] => state with { VolumesUnpublished = !Wanted(state), VolumesStaged = false, VolumesReady = false, VolumesDirty = true },
            ["volumes-unstage"] => state with { VolumesUnstaged = !Wanted(state), VolumesStaged = false, VolumesReady = false, VolumesDirty = true },
            ["sandbox-stop", var id] => state with
            {
                StoppedSandboxes = state.StoppedSandboxes.Add(id),
                Observed = observed is null ? null : observed with { Sandboxes = [.. observed.Sandboxes.Select(one => one.Id == id ? one with { Ready = false } : one)] },
            },
            ["sandbox-remove", var id] => state with
            {
                StoppedSandboxes = state.StoppedSandboxes.Remove(id),
                Observed = observed is null ? null : new(observed.Sandboxes.RemoveAll(one => one.Id == id), observed.Containers.RemoveAll(one => one.SandboxId == id)),
            },
            // Something may have appeared meanwhile: then the look comes first and the folders are removed again.
            ["clean-up"] => state with { CleanedUp = !state.Stale && !Wanted(state), VolumesReady = false, VolumesDirty = true, VolumesStaged = false },
            _ => state,
        };
    }

    private static PodState See(PodState state, ContainerSeen seen, TimeSpan now)
    {
        var known = state.Observed?.Containers.FirstOrDefault(one => one.Id == seen.Id);
        if (known is null || known.SandboxId.Length == 0 || known.Phase == ContainerPhase.Exited && seen.Container is not null) return state;
        var others = state.Observed!.Containers.Remove(known);
        var removed = seen.Key.StartsWith("container/", StringComparison.Ordinal);
        var left = seen.Container ?? (removed || known.Phase == ContainerPhase.Created ? null : StoredStatus.Lost(known));
        state = state with { Observed = state.Observed with { Containers = left is null ? others : others.Add(left) } };
        var stop = TroubleKey(seen.Key);
        if (seen.Container?.Phase == ContainerPhase.Exited || seen.Container is null) return Forget(state with { Troubles = state.Troubles.Remove(stop) }, seen.Id);
        return stop != seen.Key ? state with { Troubles = state.Troubles.SetItem(stop, new("", "still runs", now, FirstRetry)) } : state;
    }

    /// <summary>Drops what was only of interest while a container ran.</summary>
    private static PodState Forget(PodState state, string id) => state with
    {
        // Of a container that is gone there is no back-off left to tell of.
        ToldBackOffs = state.Observed!.Containers.Any(one => one.Id == id) ? state.ToldBackOffs : state.ToldBackOffs.Remove(id),
        Condemned = state.Condemned.Remove(id),
        PostStartPending = state.PostStartPending.Remove(id),
        Probes = state.Probes.RemoveRange(state.Probes.Keys.Where(one => one.ContainerId == id)),
    };

    private static PodStep Started(PodState state, RuntimeContainer container)
    {
        var definition = state.Definition?.Container(container.Name);
        state = state with
        {
            Observed = state.Observed is { } seen ? seen with { Containers = seen.Containers.RemoveAll(one => one.Id == container.Id).Add(container) } : null,
            Images = state.Images.Remove(container.Name),
            Troubles = state.Troubles.Remove($"container/{container.Name}").Remove($"image/{container.Name}"),
        };
        if (!container.MayRun)
        {
            return container.Reason != "StartError" ? new(state, [])
                : new(state, [Tell(state, definition?.FieldPath ?? "", "Warning", "Failed", $"Error: {container.Message}")]);
        }
        if (state.EarlyExits.Contains(container.Id)) state = state with { ExitsToSee = state.ExitsToSee.Add(container.Id) };
        if (!state.ChangingShape) state = state with { EarlyExits = [] };
        if (definition?.Spec.Lifecycle?.PostStart is not null) state = state with { PostStartPending = state.PostStartPending.Add(container.Id) };
        return new(state, []);
    }

    private static PodStep Fail(PodState state, OperationFailed failed, TimeSpan now)
    {
        var key = TroubleKey(failed.Key);
        state = state with { Troubles = state.Troubles.SetItem(key, Again(state, key, "", failed.Message, now, FirstRetry, LongestRetry)) };
        if (failed.Key is "volumes-unpublish" or "volumes-unstage") return new(state, [Tell(state, "", "Warning", "FailedUnmount", failed.Message)]);
        if (failed.Key is "volumes" or "volumes-stage") return new(state, [Tell(state, "", "Warning", "FailedMount", failed.Message)]);
        if (failed.Key == "observe") return new(state, []);
        if (failed.Key == "clean-up") return new(state with { Stale = true }, [Tell(state, "", "Warning", "FailedCleanUp", $"The pod's folders can not be removed: {failed.Message}")]);
        state = state with { Stale = state.Stale || failed.OutcomeUnknown || failed.Key == "sandbox" || !failed.Key.StartsWith("probe/", StringComparison.Ordinal) };
        return failed.Key == "sandbox"
            ? new(state, [Tell(state, "", "Warning", "FailedCreatePodSandBox", $"Failed to create pod sandbox: {failed.Message}")])
            : new(state, []);
    }

    private static PodStep FailImage(PodState state, ImageFailed failed, TimeSpan now)
    {
        var field = state.Definition?.Container(failed.Container)?.FieldPath ?? "";
        var trouble = Again(state, failed.Key, failed.Reason, failed.Message, now, FirstPullRetry, LongestPullRetry);
        var reason = failed.Reason switch { "ErrImageNeverPull" => "ErrImageNeverPull", "InvalidImageName" => "InspectFailed", _ => "Failed" };
        return new(state with { Troubles = state.Troubles.SetItem(failed.Key, trouble) },
        [
            Tell(state, field, "Warning", reason, failed.Message),
            Tell(state, field, "Warning", "Failed", $"Error: {failed.Reason}"),
        ]);
    }

    private static PodStep FailContainer(PodState state, ContainerFailed failed, TimeSpan now)
    {
        var field = state.Definition?.Container(failed.Container)?.FieldPath ?? "";
        var trouble = Again(state, failed.Key, failed.Reason, failed.Message, now, FirstRetry, LongestRetry);
        state = state with { Troubles = state.Troubles.SetItem(failed.Key, trouble), Stale = true };
        return new(state, [Tell(state, field, "Warning", "Failed", $"Error: {failed.Message}")]);
    }

    private static PodStep EndPostStart(PodState state, PostStartEnded ended)
    {
        var container = state.Observed?.Containers.FirstOrDefault(one => one.Id == ended.Id);
        state = state with { PostStartPending = state.PostStartPending.Remove(ended.Id) };
        if (ended.Error is null || container is null || !container.MayRun || state.Definition is not { } pod) return new(state, []);
        var field = pod.Container(container.Name)?.FieldPath ?? "";
        state = state with { Condemned = state.Condemned.SetItem(ended.Id, new("FailedPostStartHook", pod.Grace)) };
        return new(state, [Tell(state, field, "Warning", "FailedPostStartHook", $"PostStartHook failed: {ended.Error}")]);
    }

    private static PodStep EndProbe(PodState state, ProbeEnded ended, TimeSpan now)
    {
        var container = state.Observed?.Containers.FirstOrDefault(one => one.Id == ended.Id);
        if (container is not { Phase: ContainerPhase.Running } || state.Definition is not { } pod || pod.Container(container.Name) is not { } definition) return new(state, []);
        if (ProbeSpecs.Of(definition.Spec, ended.Kind) is not { } spec) return new(state, []);
        var key = new ProbeKey(ended.Id, ended.Kind);
        var before = state.Probes.GetValueOrDefault(key) ?? ProbeState.New;
        var after = ProbeMachine.After(before, ended.Kind, ProbeSettings.Of(spec), ended.Result.Success, now);
        state = state with { Probes = state.Probes.SetItem(key, after) };
        if (ended.Result.Success || !ProbeMachine.Counted(before, after)) return new(state, []);
        var events = ImmutableArray.Create(Tell(state, definition.FieldPath, "Warning", "Unhealthy", $"{ended.Kind} probe failed: {ended.Result.Message}"));
        if (after.Passed != false || ended.Kind == ProbeKind.Readiness) return new(state, events);
        var grace = spec.TerminationGracePeriodSeconds is { } seconds ? TimeSpan.FromSeconds(Math.Max(1, seconds)) : pod.Grace;
        var what = $"Container {container.Name} failed {ended.Kind.ToString().ToLowerInvariant()} probe, will be restarted";
        return new(state with { Condemned = state.Condemned.SetItem(ended.Id, new(what, grace)) }, events);
    }

    private static Trouble Again(PodState state, string key, string reason, string message, TimeSpan now, TimeSpan first, TimeSpan longest)
    {
        var delay = state.Troubles.TryGetValue(key, out var before) && before.Delay * 2 is var doubled ? (doubled < longest ? doubled : longest) : first;
        return new(reason, message, now, delay) { Told = before is { Told: true } && before.Reason == reason };
    }

    private static TellEvent Tell(PodState state, string fieldPath, string type, string reason, string message) =>
        new(Event(state, fieldPath, type, reason, message));
}
