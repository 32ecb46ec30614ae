using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using NodeActor.Runtime;
using Shared.Api;

namespace Tests.Actors.Pods;

/// <summary>How an in-memory runtime behaves.</summary>
/// <param name="StartDelay">How long making a sandbox takes, and starting a container after that.</param>
/// <param name="PodCidr">The range pod addresses are taken from; asked for whenever a sandbox is made, since a node learns it late.</param>
internal sealed record InMemoryOptions(TimeSpan StartDelay, Func<string> PodCidr);

/// <summary>
/// A runtime that only remembers: every image is present, every container runs until it is stopped. It keeps the promises of
/// <see cref="IPodRuntime"/> about attempts, so what holds on it holds for the agent's logic on any runtime. Thread-safe.
/// </summary>
internal sealed class InMemoryRuntime(InMemoryOptions options, TimeProvider clock) : IPodRuntime
{
    private const int ExitsKept = 1024;

    private readonly ConcurrentDictionary<string, RuntimeSandbox> _sandboxes = new();
    private readonly ConcurrentDictionary<string, RuntimeContainer> _containers = new();
    private readonly ConcurrentDictionary<(PodUid Pod, string Name, int Attempt), string> _reserved = new();
    private readonly ConcurrentDictionary<uint, string> _addresses = new();

    private readonly Channel<string> _exits = Channel.CreateBounded<string>(
        new BoundedChannelOptions(ExitsKept) { FullMode = BoundedChannelFullMode.DropOldest });

    /// <summary>What the last container that was stopped was given.</summary>
    public TimeSpan LastGrace { get; private set; }

    /// <summary>What it says is wrong with it; null: it does not answer.</summary>
    public string? Trouble { get; set; } = "";

    /// <inheritdoc/>
    public Task<string> TroubleAsync(CancellationToken cancel) =>
        Trouble is { } trouble ? Task.FromResult(trouble) : Task.FromException<string>(new RuntimeException("connection refused", outcomeUnknown: true));

    /// <inheritdoc/>
    public Task<ImmutableDictionary<PodUid, RuntimePod>> ListAsync(CancellationToken cancel)
    {
        var containers = _containers.Values.ToLookup(one => one.Pod);
        var sandboxes = _sandboxes.Values.ToLookup(one => one.Pod);
        return Task.FromResult(sandboxes.Select(one => one.Key).Union(containers.Select(one => one.Key))
            .ToImmutableDictionary(uid => uid, uid => new RuntimePod([.. sandboxes[uid]], [.. containers[uid]])));
    }

    /// <summary>What it says that containers have used.</summary>
    public Func<Task<ImmutableArray<ContainerCounters>>> Counters { get; set; } = () => Task.FromResult(ImmutableArray<ContainerCounters>.Empty);

    /// <inheritdoc/>
    public Task<ImmutableArray<ContainerCounters>> CountersAsync(CancellationToken cancel) => Counters();

    /// <inheritdoc/>
    public Task<RuntimePod> ObserveAsync(PodUid pod, CancellationToken cancel) => Task.FromResult(new RuntimePod(
        [.. _sandboxes.Values.Where(one => one.Pod == pod)],
        [.. _containers.Values.Where(one => one.Pod == pod)]));

    /// <inheritdoc/>
    public Task<RuntimeContainer?> ContainerAsync(string id, CancellationToken cancel) => Task.FromResult(_containers.GetValueOrDefault(id));

    /// <inheritdoc/>
    public async Task<RuntimeSandbox> RunSandboxAsync(SandboxSpec spec, CancellationToken cancel)
    {
        var id = Reserve(spec.Uid, "", spec.Attempt);
        await Task.Delay(options.StartDelay, clock, cancel);
        var sandbox = new RuntimeSandbox(id, spec.Uid, spec.Pod.Namespace, spec.Pod.Name, spec.Attempt, true)
        {
            CreatedAt = clock.GetUtcNow(),
            IPs = spec.Namespaces.HostNetwork ? [] : [Address(id)],
        };
        _sandboxes[id] = sandbox;
        return sandbox;
    }

    /// <inheritdoc/>
    public Task StopSandboxAsync(string id, CancellationToken cancel)
    {
        foreach (var container in _containers.Values.Where(one => one.SandboxId == id)) Exit(container.Id, 137);
        if (_sandboxes.TryGetValue(id, out var sandbox)) _sandboxes[id] = sandbox with { Ready = false };
        foreach (var address in _addresses.Where(one => one.Value == id)) _addresses.TryRemove(address);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task RemoveSandboxAsync(string id, CancellationToken cancel)
    {
        await StopSandboxAsync(id, cancel);
        foreach (var container in _containers.Values.Where(one => one.SandboxId == id)) await RemoveContainerAsync(container.Id, cancel);
        if (_sandboxes.TryRemove(id, out var sandbox)) _reserved.TryRemove((sandbox.Pod, "", sandbox.Attempt), out _);
    }

    /// <inheritdoc/>
    public Task<string> CreateContainerAsync(RuntimeSandbox sandbox, SandboxSpec sandboxSpec, ContainerSpec spec, CancellationToken cancel)
    {
        if (!_sandboxes.TryGetValue(sandbox.Id, out var found) || !found.Ready) throw new RuntimeException($"sandbox {sandbox.Id} is not ready", outcomeUnknown: false);
        var id = Reserve(sandbox.Pod, spec.Name, spec.Attempt);
        _containers[id] = new(id, sandbox.Pod, sandbox.Id, spec.Name, spec.Attempt, ContainerPhase.Created)
        {
            CreatedAt = clock.GetUtcNow(),
            Image = spec.Image,
            ImageRef = Image(spec.Image).Ref,
            RestartDelay = spec.RestartDelay,
        };
        return Task.FromResult(id);
    }

    /// <inheritdoc/>
    public async Task StartContainerAsync(string id, CancellationToken cancel)
    {
        await Task.Delay(options.StartDelay, clock, cancel);
        if (!_containers.TryGetValue(id, out var container) || container.Phase != ContainerPhase.Created)
        {
            throw new RuntimeException($"container {id} is not in state created", outcomeUnknown: false);
        }
        _containers[id] = container with { Phase = ContainerPhase.Running, StartedAt = clock.GetUtcNow() };
    }

    /// <inheritdoc/>
    public Task StopContainerAsync(string id, TimeSpan grace, CancellationToken cancel)
    {
        LastGrace = grace;
        Exit(id, 0);
        return Task.CompletedTask;
    }

    /// <summary>Ends a running container with an exit code, as if its process had.</summary>
    public void Exit(string id, int code)
    {
        if (!_containers.TryGetValue(id, out var container) || !container.MayRun) return;
        var exited = container with
        {
            Phase = ContainerPhase.Exited,
            FinishedAt = clock.GetUtcNow(),
            ExitCode = code,
            Reason = code == 0 ? "Completed" : "Error",
        };
        if (_containers.TryUpdate(id, exited, container)) _exits.Writer.TryWrite(id);
    }

    /// <inheritdoc/>
    public Task RemoveContainerAsync(string id, CancellationToken cancel)
    {
        Exit(id, 137);
        if (_containers.TryRemove(id, out var container)) _reserved.TryRemove((container.Pod, container.Name, container.Attempt), out _);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task ReopenLogAsync(string id, CancellationToken cancel) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task<ExecResult> ExecAsync(string id, IReadOnlyList<string> command, TimeSpan timeout, CancellationToken cancel) =>
        Task.FromResult(new ExecResult(0, ""));

    /// <inheritdoc/>
    public Task<RuntimeImage?> ImageAsync(string image, CancellationToken cancel) => Task.FromResult<RuntimeImage?>(Image(image));

    /// <inheritdoc/>
    public Task<RuntimeImage> PullAsync(string image, RegistryCredentials? credentials, CancellationToken cancel) => Task.FromResult(Image(image));

    /// <inheritdoc/>
    public Task<ImmutableArray<RuntimeImage>> ImagesAsync(CancellationToken cancel) => Task.FromResult(ImmutableArray<RuntimeImage>.Empty);

    /// <inheritdoc/>
    public async IAsyncEnumerable<string> ExitsAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        await foreach (var id in _exits.Reader.ReadAllAsync(cancel)) yield return id;
    }

    private static RuntimeImage Image(string image) => new($"memory:{image}", $"memory:{image}", [image], 0, null, "");

    private string Reserve(PodUid pod, string name, int attempt)
    {
        var id = Guid.NewGuid().ToString("N");
        return _reserved.TryAdd((pod, name, attempt), id)
            ? id
            : throw new RuntimeException($"attempt {attempt} of {name} of pod {pod} is reserved", outcomeUnknown: true);
    }

    /// <summary>Takes the first free address of the node's range; the range's own and the first are not for pods.</summary>
    private string Address(string sandbox)
    {
        var network = IPNetwork.Parse(options.PodCidr());
        var first = BitConverter.ToUInt32([.. network.BaseAddress.GetAddressBytes().Reverse()]);
        var size = 1u << (32 - network.PrefixLength);
        for (var offset = 2u; offset < size - 1; offset++)
        {
            if (_addresses.TryAdd(first + offset, sandbox)) return new IPAddress([.. BitConverter.GetBytes(first + offset).Reverse()]).ToString();
        }
        throw new RuntimeException($"no free address in {network}", outcomeUnknown: false);
    }
}
