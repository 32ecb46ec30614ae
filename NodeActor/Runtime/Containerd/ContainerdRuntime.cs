using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Grpc.Core;
using Grpc.Net.Client;
using NodeActor.Runtime.Containerd.Cri;
using NodeActor.Runtime.Containerd.Events;
using Shared.Api;

namespace NodeActor.Runtime.Containerd;

/// <summary>How to reach containerd and how much to ask of it at once.</summary>
/// <param name="Socket">The path of its unix socket.</param>
/// <param name="Handler">The runtime class's handler; empty is containerd's default.</param>
/// <param name="Parallelism">
/// Sandboxes and containers being made at once. More only makes each slower: they compete for the same cores and kernel locks.
/// </param>
/// <param name="CgroupParent">The cgroup above those of all containers; empty is containerd's default. Several nodes on one machine each have their own.</param>
public sealed record ContainerdOptions(string Socket, string Handler = "", int Parallelism = 8, string CgroupParent = "");

/// <summary>Runs pods on containerd through the CRI. Thread-safe.</summary>
public sealed class ContainerdRuntime : IPodRuntime, IDisposable
{
    private const string CriNamespace = "k8s.io";
    private static readonly TimeSpan CallTimeout = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan StatusTimeout = TimeSpan.FromSeconds(3);

    /// <summary>It asks the shim of every container; but what took as long as this would be no use of now.</summary>
    private static readonly TimeSpan CountersTimeout = TimeSpan.FromSeconds(10);

    private readonly ContainerdOptions _options;
    private readonly TimeProvider _clock;
    private readonly GrpcChannel _channel;
    private readonly RuntimeService.RuntimeServiceClient _runtime;
    private readonly ImageService.ImageServiceClient _images;
    private readonly Events.Events.EventsClient _events;
    private readonly SemaphoreSlim _making;

    public ContainerdRuntime(ContainerdOptions options, TimeProvider clock)
    {
        _options = options;
        _clock = clock;
        _channel = ContainerdChannel.Open(options.Socket);
        _runtime = new(_channel);
        _images = new(_channel);
        _events = new(_channel);
        _making = new(options.Parallelism);
    }

    /// <summary>The containerd version, once it answers.</summary>
    public async Task<string> VersionAsync(CancellationToken cancel)
    {
        var answer = await Call(_runtime.VersionAsync(new(), Bounded(cancel)));
        return $"{answer.RuntimeName}://{answer.RuntimeVersion}";
    }

    /// <inheritdoc/>
    public async Task<string> TroubleAsync(CancellationToken cancel)
    {
        var options = new CallOptions(deadline: _clock.GetUtcNow().UtcDateTime + StatusTimeout, cancellationToken: cancel);
        return CriObservations.Trouble((await Call(_runtime.StatusAsync(new(), options))).Status);
    }

    /// <inheritdoc/>
    public async Task<ImmutableDictionary<PodUid, RuntimePod>> ListAsync(CancellationToken cancel)
    {
        // Containers first: one made in between then has its sandbox in the second answer.
        var containers = await Call(_runtime.ListContainersAsync(new(), Bounded(cancel)));
        var sandboxes = await Call(_runtime.ListPodSandboxAsync(new(), Bounded(cancel)));
        var byPod = containers.Containers
            .Where(one => CriObservations.Uid(one.Labels) is not null)
            .ToLookup(one => CriObservations.Uid(one.Labels)!.Value);
        var boxesByPod = sandboxes.Items
            .Where(one => CriObservations.Uid(one.Labels) is not null)
            .ToLookup(one => CriObservations.Uid(one.Labels)!.Value);
        return boxesByPod.Select(group => group.Key).Union(byPod.Select(group => group.Key)).ToImmutableDictionary(
            uid => uid,
            uid => new RuntimePod(
                [.. boxesByPod[uid].Select(one => CriObservations.Sandbox(uid, one))],
                [.. byPod[uid].Select(one => CriObservations.Container(uid, one))]));
    }

    /// <inheritdoc/>
    public async Task<RuntimePod> ObserveAsync(PodUid pod, CancellationToken cancel)
    {
        var filter = new Dictionary<string, string> { [CriLabels.PodUid] = pod.Value };
        var containers = await Call(_runtime.ListContainersAsync(new() { Filter = new() { LabelSelector = { filter } } }, Bounded(cancel)));
        var sandboxes = await Call(_runtime.ListPodSandboxAsync(new() { Filter = new() { LabelSelector = { filter } } }, Bounded(cancel)));
        var boxes = await Task.WhenAll(sandboxes.Items.Select(one => SandboxAsync(pod, one.Id, cancel)));
        var details = await Task.WhenAll(containers.Containers.Select(one => ContainerAsync(pod, one.PodSandboxId, one.Id, cancel)));
        return new([.. boxes.OfType<RuntimeSandbox>()], [.. details.OfType<RuntimeContainer>()]);
    }

    /// <inheritdoc/>
    public async Task<RuntimeContainer?> ContainerAsync(string id, CancellationToken cancel)
    {
        var found = await Call(_runtime.ListContainersAsync(new() { Filter = new() { Id = id } }, Bounded(cancel)));
        return found.Containers.FirstOrDefault(one => one.Id == id) is { } item && CriObservations.Uid(item.Labels) is { } uid
            ? await ContainerAsync(uid, item.PodSandboxId, id, cancel)
            : null;
    }

    /// <inheritdoc/>
    public async Task<ImmutableArray<ContainerCounters>> CountersAsync(CancellationToken cancel)
    {
        var options = new CallOptions(deadline: _clock.GetUtcNow().UtcDateTime + CountersTimeout, cancellationToken: cancel);
        var answer = await Call(_runtime.ListContainerStatsAsync(new(), options));
        return [.. answer.Stats.Select(CriObservations.Counters).OfType<ContainerCounters>()];
    }

    /// <inheritdoc/>
    public async Task<RuntimeSandbox> RunSandboxAsync(SandboxSpec spec, CancellationToken cancel)
    {
        using var turn = await TurnAsync(cancel);
        var config = CriConfigs.Sandbox(spec, _options.CgroupParent);
        var made = await Call(_runtime.RunPodSandboxAsync(new() { Config = config, RuntimeHandler = _options.Handler }, Bounded(cancel)));
        return await SandboxAsync(spec.Uid, made.PodSandboxId, cancel)
            ?? throw new RuntimeException($"sandbox {made.PodSandboxId} vanished as soon as it was made", outcomeUnknown: true);
    }

    /// <inheritdoc/>
    public Task StopSandboxAsync(string id, CancellationToken cancel) =>
        Forgiving(_runtime.StopPodSandboxAsync(new() { PodSandboxId = id }, Bounded(cancel)));

    /// <inheritdoc/>
    public Task RemoveSandboxAsync(string id, CancellationToken cancel) =>
        Forgiving(_runtime.RemovePodSandboxAsync(new() { PodSandboxId = id }, Bounded(cancel)));

    /// <inheritdoc/>
    public async Task<string> CreateContainerAsync(RuntimeSandbox sandbox, SandboxSpec sandboxSpec, ContainerSpec spec, CancellationToken cancel)
    {
        using var turn = await TurnAsync(cancel);
        var request = new CreateContainerRequest
        {
            PodSandboxId = sandbox.Id,
            Config = CriConfigs.Container(sandboxSpec, spec),
            SandboxConfig = CriConfigs.Sandbox(sandboxSpec, _options.CgroupParent),
        };
        return (await Call(_runtime.CreateContainerAsync(request, Bounded(cancel)))).ContainerId;
    }

    /// <inheritdoc/>
    public async Task StartContainerAsync(string id, CancellationToken cancel)
    {
        using var turn = await TurnAsync(cancel);
        await Call(_runtime.StartContainerAsync(new() { ContainerId = id }, Bounded(cancel)));
    }

    /// <inheritdoc/>
    public Task StopContainerAsync(string id, TimeSpan grace, CancellationToken cancel)
    {
        var seconds = (long)Math.Ceiling(Math.Max(0, grace.TotalSeconds));
        var options = new CallOptions(deadline: _clock.GetUtcNow().UtcDateTime + CallTimeout + TimeSpan.FromSeconds(seconds), cancellationToken: cancel);
        return Forgiving(_runtime.StopContainerAsync(new() { ContainerId = id, Timeout = seconds }, options));
    }

    /// <inheritdoc/>
    public Task RemoveContainerAsync(string id, CancellationToken cancel) =>
        Forgiving(_runtime.RemoveContainerAsync(new() { ContainerId = id }, Bounded(cancel)));

    /// <inheritdoc/>
    public Task ReopenLogAsync(string id, CancellationToken cancel) =>
        Call(_runtime.ReopenContainerLogAsync(new() { ContainerId = id }, Bounded(cancel)));

    /// <inheritdoc/>
    public async Task<ExecResult> ExecAsync(string id, IReadOnlyList<string> command, TimeSpan timeout, CancellationToken cancel)
    {
        var seconds = Math.Max(1, (long)Math.Ceiling(timeout.TotalSeconds));
        var options = new CallOptions(deadline: _clock.GetUtcNow().UtcDateTime.AddSeconds(seconds + 10), cancellationToken: cancel);
        try
        {
            var answer = await _runtime.ExecSyncAsync(new() { ContainerId = id, Cmd = { command }, Timeout = seconds }, options);
            return new(answer.ExitCode, answer.Stdout.ToStringUtf8() + answer.Stderr.ToStringUtf8());
        }
        catch (RpcException error) when (error.StatusCode == StatusCode.DeadlineExceeded || error.Status.Detail.Contains("exceeded", StringComparison.Ordinal))
        {
            throw new TimeoutException($"command {string.Join(' ', command)} timed out", error);
        }
        catch (RpcException error)
        {
            throw Failure(error);
        }
    }

    /// <inheritdoc/>
    public async Task<RuntimeImage?> ImageAsync(string image, CancellationToken cancel)
    {
        var answer = await Call(_images.ImageStatusAsync(new() { Image = new() { Image = image } }, Bounded(cancel)));
        return answer.Image is null ? null : CriObservations.Image(answer.Image);
    }

    /// <inheritdoc/>
    public async Task<RuntimeImage> PullAsync(string image, RegistryCredentials? credentials, CancellationToken cancel)
    {
        var request = new PullImageRequest { Image = new() { Image = image } };
        if (credentials is not null) request.Auth = new() { Username = credentials.User, Password = credentials.Password, ServerAddress = credentials.Server };
        // No deadline: a large image takes what it takes, and the pod's end cancels it.
        var pulled = await Call(_images.PullImageAsync(request, new CallOptions(cancellationToken: cancel)));
        return await ImageAsync(image, cancel) ?? new(pulled.ImageRef, pulled.ImageRef, [], 0, null, "");
    }

    /// <inheritdoc/>
    public async Task<ImmutableArray<RuntimeImage>> ImagesAsync(CancellationToken cancel) =>
        [.. (await Call(_images.ListImagesAsync(new(), Bounded(cancel)))).Images.Select(CriObservations.Image)];

    /// <inheritdoc/>
    public async IAsyncEnumerable<string> ExitsAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        using var call = _events.Subscribe(
            new() { Filters = { $"namespace=={CriNamespace},topic==\"/tasks/exit\"" } }, new CallOptions(cancellationToken: cancel));
        while (await Next(call.ResponseStream, cancel))
        {
            var exit = TaskExit.Parser.ParseFrom(call.ResponseStream.Current.Event.Value);
            if (exit.Id == exit.ContainerId || exit.Id.Length == 0) yield return exit.ContainerId;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _channel.Dispose();
        _making.Dispose();
    }

    private static async Task<bool> Next(IAsyncStreamReader<Envelope> stream, CancellationToken cancel)
    {
        try
        {
            return await stream.MoveNext(cancel);
        }
        catch (RpcException error) when (!cancel.IsCancellationRequested)
        {
            throw Failure(error);
        }
        catch (RpcException) when (cancel.IsCancellationRequested)
        {
            return false;
        }
    }

    private async Task<RuntimeSandbox?> SandboxAsync(PodUid uid, string id, CancellationToken cancel)
    {
        try
        {
            return CriObservations.Sandbox(uid, (await _runtime.PodSandboxStatusAsync(new() { PodSandboxId = id }, Bounded(cancel))).Status);
        }
        catch (RpcException error) when (error.StatusCode == StatusCode.NotFound)
        {
            return null;
        }
        catch (RpcException error)
        {
            throw Failure(error);
        }
    }

    private async Task<RuntimeContainer?> ContainerAsync(PodUid uid, string sandboxId, string id, CancellationToken cancel)
    {
        try
        {
            return CriObservations.Container(uid, sandboxId, (await _runtime.ContainerStatusAsync(new() { ContainerId = id }, Bounded(cancel))).Status);
        }
        catch (RpcException error) when (error.StatusCode == StatusCode.NotFound)
        {
            return null;
        }
        catch (RpcException error)
        {
            throw Failure(error);
        }
    }

    private CallOptions Bounded(CancellationToken cancel) => new(deadline: _clock.GetUtcNow().UtcDateTime + CallTimeout, cancellationToken: cancel);

    private static async Task<T> Call<T>(AsyncUnaryCall<T> call)
    {
        try
        {
            return await call;
        }
        catch (RpcException error)
        {
            throw Failure(error);
        }
    }

    /// <summary>A call whose subject may be gone already.</summary>
    private static async Task Forgiving(AsyncUnaryCall<Empty> call)
    {
        try
        {
            await call;
        }
        catch (RpcException error) when (error.StatusCode == StatusCode.NotFound)
        {
            // What should be gone is gone.
        }
        catch (RpcException error)
        {
            throw Failure(error);
        }
    }

    /// <summary>A name that is reserved is being made by an earlier call of ours whose answer was lost: its outcome is open.</summary>
    private static RuntimeException Failure(RpcException error) => new(
        error.Status.Detail,
        error.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Cancelled or StatusCode.AlreadyExists
            || error.Status.Detail.Contains("is reserved for", StringComparison.Ordinal),
        error);

    private async Task<Turn> TurnAsync(CancellationToken cancel)
    {
        await _making.WaitAsync(cancel);
        return new(_making);
    }

    private readonly struct Turn(SemaphoreSlim gate) : IDisposable
    {
        public void Dispose() => gate.Release();
    }
}
