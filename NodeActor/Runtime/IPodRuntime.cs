using System.Collections.Immutable;
using Shared.Api;

namespace NodeActor.Runtime;

/// <summary>Why the runtime did not do what it was asked.</summary>
public sealed class RuntimeException(string message, bool outcomeUnknown, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>True when it may have been done nevertheless, now or later: look before asking again.</summary>
    public bool OutcomeUnknown { get; } = outcomeUnknown;
}

/// <summary>
/// Runs sandboxes, containers and images on this node. Its own record of them outlives the agent, which is how running pods are found
/// again. Two sandboxes of one pod, or two containers of one name in one pod, can not have the same attempt: the second is refused, even
/// while the first is still being made. Methods throw <see cref="RuntimeException"/>; removing or stopping what is not there succeeds.
/// </summary>
public interface IPodRuntime
{
    /// <summary>Why it can not run pods now; empty if it can. Answers within seconds or throws.</summary>
    Task<string> TroubleAsync(CancellationToken cancel);

    /// <summary>Every sandbox and container, by pod, without details (no times, addresses or exit codes).</summary>
    Task<ImmutableDictionary<PodUid, RuntimePod>> ListAsync(CancellationToken cancel);

    /// <summary>All there is of one pod, with details.</summary>
    Task<RuntimePod> ObserveAsync(PodUid pod, CancellationToken cancel);

    /// <summary>One container with details, or null if there is none of that id.</summary>
    Task<RuntimeContainer?> ContainerAsync(string id, CancellationToken cancel);

    /// <summary>What every running container has used. Answers within seconds or throws.</summary>
    Task<ImmutableArray<ContainerCounters>> CountersAsync(CancellationToken cancel);

    /// <summary>Makes a sandbox with its network; returns it ready.</summary>
    Task<RuntimeSandbox> RunSandboxAsync(SandboxSpec spec, CancellationToken cancel);

    /// <summary>Kills what is left in a sandbox and takes its network down.</summary>
    Task StopSandboxAsync(string id, CancellationToken cancel);

    /// <summary>Removes a sandbox and its containers.</summary>
    Task RemoveSandboxAsync(string id, CancellationToken cancel);

    /// <summary>Makes a container in a sandbox and returns its id; it does not run yet.</summary>
    Task<string> CreateContainerAsync(RuntimeSandbox sandbox, SandboxSpec sandboxSpec, ContainerSpec spec, CancellationToken cancel);

    /// <summary>Starts a created container.</summary>
    Task StartContainerAsync(string id, CancellationToken cancel);

    /// <summary>TERM (or the image's stop signal), then KILL after <paramref name="grace"/>; returns when the process has ended.</summary>
    Task StopContainerAsync(string id, TimeSpan grace, CancellationToken cancel);

    /// <summary>Removes a container, killing it if it still runs.</summary>
    Task RemoveContainerAsync(string id, CancellationToken cancel);

    /// <summary>Makes the runtime write to a new log file, after the old one was renamed.</summary>
    Task ReopenLogAsync(string id, CancellationToken cancel);

    /// <summary>Runs a command in a container to its end. A command that outlives <paramref name="timeout"/> is a <see cref="TimeoutException"/>.</summary>
    Task<ExecResult> ExecAsync(string id, IReadOnlyList<string> command, TimeSpan timeout, CancellationToken cancel);

    /// <summary>The image of that name if the node has it, else null.</summary>
    Task<RuntimeImage?> ImageAsync(string image, CancellationToken cancel);

    /// <summary>Fetches an image from its registry.</summary>
    Task<RuntimeImage> PullAsync(string image, RegistryCredentials? credentials, CancellationToken cancel);

    /// <summary>The images the node has.</summary>
    Task<ImmutableArray<RuntimeImage>> ImagesAsync(CancellationToken cancel);

    /// <summary>
    /// The ids of containers and sandboxes as they exit, until cancelled. May miss some (also whenever it throws, after which it may be called
    /// again): a hint to look, not a record.
    /// </summary>
    IAsyncEnumerable<string> ExitsAsync(CancellationToken cancel);
}
