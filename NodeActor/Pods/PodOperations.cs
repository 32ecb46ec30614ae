using System.Globalization;
using NodeActor.Pods.Machine;
using NodeActor.Pods.Specs;
using NodeActor.Probes;
using NodeActor.Runtime;
using NodeActor.Volumes;
using Shared.Api;

namespace NodeActor.Pods;

/// <summary>
/// Carries out what the machine decided, for all pods of a node. Every operation ends in one result; what goes wrong is a result too.
/// Thread-safe.
/// </summary>
internal sealed class PodOperations(IPodRuntime runtime, PodNodeOptions options, TimeProvider clock) : IDisposable
{
    private const int PullsAtOnce = 3;
    private static readonly TimeSpan LeastGraceAfterHook = TimeSpan.FromSeconds(2);

    /// <summary>The runtime may tell of an exit before its own status shows it: how long and how often to look again.</summary>
    private static readonly TimeSpan[] LookAgain = [.. new[] { 5, 10, 20, 50, 100, 300 }.Select(one => TimeSpan.FromMilliseconds(one))];

    private readonly SemaphoreSlim _pulls = new(PullsAtOnce);
    private readonly ProbeRunner _probes = new(runtime);
    private readonly PodVolumes _volumes = new(options);

    /// <summary>Carries out one operation on the pod as <paramref name="state"/> knows it.</summary>
    /// <param name="tell">Takes events of steps on the way.</param>
    public async Task<PodResult> RunAsync(PodState state, PodOperation operation, Action<PodFact> tell, CancellationToken cancel)
    {
        try
        {
            // Files and process starts block: not on the actors' threads.
            return await Task.Run(() => DispatchAsync(state, operation, tell, cancel), cancel);
        }
        catch (RuntimeException error)
        {
            return new OperationFailed(operation.Key, error.Message, error.OutcomeUnknown);
        }
        catch (Exception error) when (error is SpecException or VolumeException)
        {
            return new OperationFailed(operation.Key, error.Message, false);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new OperationFailed(operation.Key, error.Message, true);
        }
    }

    /// <inheritdoc cref="PodVolumes.RemoveAsync"/>
    public Task RemoveVolumeAsync(string volume, CancellationToken cancel) => Task.Run(() => _volumes.RemoveAsync(volume, cancel), cancel);

    /// <inheritdoc/>
    public void Dispose()
    {
        _pulls.Dispose();
        _probes.Dispose();
        _volumes.Dispose();
    }

    private Task<PodResult> DispatchAsync(PodState state, PodOperation operation, Action<PodFact> tell, CancellationToken cancel) => operation switch
    {
        ObservePod => ObserveAsync(state, operation.Key, cancel),
        ObserveExit exit => ObserveExitAsync(exit, cancel),
        StageVolumes => Done(operation, _volumes.StageAsync(state, cancel)),
        PublishVolumes => Done(operation, _volumes.PublishAsync(state, tell, cancel)),
        UnpublishVolumes => Done(operation, _volumes.UnpublishAsync(state.Uid, cancel)),
        UnstageVolumes => Done(operation, _volumes.UnstageAsync(state.Uid, cancel)),
        CleanUp => Done(operation, () => PodVolumes.Remove(Paths(state))),
        RunSandbox run => RunSandboxAsync(state, run, cancel),
        StopSandbox stop => Done(operation, runtime.StopSandboxAsync(stop.Id, cancel)),
        RemoveSandbox remove => Done(operation, runtime.RemoveSandboxAsync(remove.Id, cancel)),
        EnsureImage image => EnsureImageAsync(state, image, tell, cancel),
        StartContainer start => StartAsync(state, start, tell, cancel),
        RemoveContainer remove => RemoveAsync(state, remove, cancel),
        StopContainer stop => StopAsync(state, stop, tell, cancel),
        RunPostStart hook => PostStartAsync(state, hook, cancel),
        RunProbe probe => ProbeAsync(state, probe, cancel),
        _ => throw new ArgumentOutOfRangeException(nameof(operation), operation, "unknown operation"),
    };

    private async Task<PodResult> ObserveAsync(PodState state, string key, CancellationToken cancel) =>
        new PodObserved(key, await runtime.ObserveAsync(state.Uid, cancel));

    private async Task<PodResult> ObserveExitAsync(ObserveExit exit, CancellationToken cancel)
    {
        var seen = await runtime.ContainerAsync(exit.Id, cancel);
        foreach (var pause in LookAgain)
        {
            if (seen?.MayRun != true) break;
            await Task.Delay(pause, clock, cancel);
            seen = await runtime.ContainerAsync(exit.Id, cancel);
        }
        return new ContainerSeen(exit.Key, exit.Id, seen);
    }

    private async Task<PodResult> RunSandboxAsync(PodState state, RunSandbox run, CancellationToken cancel)
    {
        Directory.CreateDirectory(Paths(state).Logs);
        return new SandboxStarted(run.Key, await runtime.RunSandboxAsync(SandboxSpecs.Build(state, options, run.Attempt), cancel));
    }

    private async Task<PodResult> EnsureImageAsync(PodState state, EnsureImage wanted, Action<PodFact> tell, CancellationToken cancel)
    {
        var field = state.Definition!.Container(wanted.Container)!.FieldPath;
        if (ImageReference.Parse(wanted.Image) is null)
        {
            return new ImageFailed(wanted.Key, wanted.Container, "InvalidImageName",
                $"Failed to apply default image tag \"{wanted.Image}\": couldn't parse image name \"{wanted.Image}\": invalid reference format");
        }
        var present = wanted.Policy == "Always" ? null : await runtime.ImageAsync(wanted.Image, cancel);
        if (present is not null)
        {
            tell(new Progress(field, "Normal", "Pulled", $"Container image \"{wanted.Image}\" already present on machine"));
            return new ImageReady(wanted.Key, wanted.Container, present);
        }
        if (wanted.Policy == "Never")
        {
            return new ImageFailed(wanted.Key, wanted.Container, "ErrImageNeverPull", $"Container image \"{wanted.Image}\" is not present with pull policy of Never");
        }
        return await PullAsync(state, wanted, field, tell, cancel);
    }

    private async Task<PodResult> PullAsync(PodState state, EnsureImage wanted, string field, Action<PodFact> tell, CancellationToken cancel)
    {
        var asked = clock.GetTimestamp();
        tell(new Progress(field, "Normal", "Pulling", $"Pulling image \"{wanted.Image}\""));
        await _pulls.WaitAsync(cancel);
        try
        {
            var begun = clock.GetTimestamp();
            var image = await runtime.PullAsync(wanted.Image, PullCredentials.For(state, wanted.Image), cancel);
            tell(new Progress(field, "Normal", "Pulled",
                $"Successfully pulled image \"{wanted.Image}\" in {Took(begun)} ({Took(asked)} including waiting). Image size: {image.Bytes} bytes."));
            return new ImageReady(wanted.Key, wanted.Container, image);
        }
        catch (RuntimeException error)
        {
            return new ImageFailed(wanted.Key, wanted.Container, "ErrImagePull", $"Failed to pull image \"{wanted.Image}\": {error.Message}");
        }
        finally
        {
            _pulls.Release();
        }
    }

    private async Task<PodResult> StartAsync(PodState state, StartContainer start, Action<PodFact> tell, CancellationToken cancel)
    {
        var field = state.Definition!.Container(start.Container)?.FieldPath ?? "";
        ContainerSpec spec;
        try
        {
            HostsFile.Write(state, options);
            spec = ContainerSpecs.Build(state, options, start, state.Images[start.Container]);
        }
        catch (SpecException error)
        {
            return new ContainerFailed(start.Key, start.Container, error.Reason, error.Message);
        }
        MakeMessageFile(spec.TerminationMessageFile);
        var sandbox = state.Observed!.Current!;
        string id;
        try
        {
            id = await runtime.CreateContainerAsync(sandbox, SandboxSpecs.Build(state, options, sandbox.Attempt), spec, cancel);
        }
        catch (RuntimeException error) when (!error.OutcomeUnknown)
        {
            return new ContainerFailed(start.Key, start.Container, "CreateContainerError", error.Message);
        }
        tell(new Progress(field, "Normal", "Created", $"Created container: {start.Container}"));
        try
        {
            await runtime.StartContainerAsync(id, cancel);
            tell(new Progress(field, "Normal", "Started", $"Started container {start.Container}"));
        }
        catch (RuntimeException error) when (!error.OutcomeUnknown)
        {
            // The runtime records the failure as an exit with reason StartError; if it does not, the container is swept away and made anew.
            if (await runtime.ContainerAsync(id, cancel) is not { Phase: ContainerPhase.Exited } failed) return new ContainerFailed(start.Key, start.Container, "RunContainerError", error.Message);
            return new ContainerStarted(start.Key, failed);
        }
        return await runtime.ContainerAsync(id, cancel) is { } container
            ? new ContainerStarted(start.Key, container)
            : new OperationFailed(start.Key, $"container {id} vanished as soon as it was started", true);
    }

    private async Task<PodResult> RemoveAsync(PodState state, RemoveContainer remove, CancellationToken cancel)
    {
        // A start that was given up may have been done after all: what runs is not removed but taken over.
        if (await runtime.ContainerAsync(remove.Id, cancel) is { MayRun: true } runs) return new ContainerSeen(remove.Key, remove.Id, runs);
        await runtime.RemoveContainerAsync(remove.Id, cancel);
        var log = Path.Combine(Paths(state).Logs, PodPaths.LogFile(remove.Container, remove.Attempt));
        if (Directory.Exists(Path.GetDirectoryName(log)))
        {
            foreach (var file in Directory.EnumerateFiles(Path.GetDirectoryName(log)!, $"{remove.Attempt}.log*")) File.Delete(file);
        }
        File.Delete(Paths(state).TerminationMessage(remove.Container, remove.Attempt));
        return new ContainerSeen(remove.Key, remove.Id, null);
    }

    private async Task<PodResult> StopAsync(PodState state, StopContainer stop, Action<PodFact> tell, CancellationToken cancel)
    {
        var definition = state.Definition?.Container(stop.Container);
        if (stop.Why.Length > 0) tell(new Progress(definition?.FieldPath ?? "", "Normal", "Killing", stop.Why));
        var hooked = stop.RunHook && stop.Deadline > Moment.ElapsedOf(clock) ? definition?.Spec.Lifecycle?.PreStop : null;
        if (hooked is not null)
        {
            var hooks = new LifecycleHooks(runtime, _probes, clock);
            var error = await hooks.RunAsync(hooked, definition!.Spec, stop.Id, Host(state), stop.Deadline - Moment.ElapsedOf(clock), cancel);
            if (error is not null) tell(new Progress(definition.FieldPath, "Warning", "FailedPreStopHook", $"PreStopHook failed: {error}"));
        }
        var left = stop.Deadline - Moment.ElapsedOf(clock);
        if (hooked is not null && left < LeastGraceAfterHook) left = LeastGraceAfterHook;
        await runtime.StopContainerAsync(stop.Id, left > TimeSpan.Zero ? left : TimeSpan.Zero, cancel);
        return new ContainerSeen(stop.Key, stop.Id, await runtime.ContainerAsync(stop.Id, cancel));
    }

    private async Task<PodResult> PostStartAsync(PodState state, RunPostStart hook, CancellationToken cancel)
    {
        var container = state.Definition!.Container(hook.Container)!.Spec;
        var hooks = new LifecycleHooks(runtime, _probes, clock);
        return new PostStartEnded(hook.Key, hook.Id, await hooks.RunAsync(container.Lifecycle.PostStart, container, hook.Id, Host(state), null, cancel));
    }

    private async Task<PodResult> ProbeAsync(PodState state, RunProbe probe, CancellationToken cancel)
    {
        var container = state.Definition!.Container(probe.Container)!.Spec;
        var result = await _probes.ProbeAsync(ProbeSpecs.Of(container, probe.Kind)!, container, probe.Id, Host(state), cancel);
        return new ProbeEnded(probe.Key, probe.Id, probe.Kind, result);
    }

    private static Task<PodResult> Done(PodOperation operation, Action action)
    {
        action();
        return Task.FromResult<PodResult>(new OperationDone(operation.Key));
    }

    private static async Task<PodResult> Done(PodOperation operation, Task task)
    {
        await task;
        return new OperationDone(operation.Key);
    }

    private static string Host(PodState state) =>
        state.Definition!.HostNetwork ? state.HostIPs.FirstOrDefault() ?? "127.0.0.1" : state.Observed?.Current?.IPs.FirstOrDefault() ?? "127.0.0.1";

    private PodPaths Paths(PodState state) => new(options, state.Key, state.Uid);

    private static void MakeMessageFile(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (File.Exists(path)) return;
        File.WriteAllBytes(path, []);
        // Whoever the container runs as may leave its last word.
        File.SetUnixFileMode(path, (UnixFileMode)0x1B6); // 0666
    }

    private string Took(long since) => string.Create(CultureInfo.InvariantCulture, $"{clock.GetElapsedTime(since).TotalMilliseconds:0}ms");
}
