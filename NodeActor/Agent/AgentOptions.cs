using System.Collections.Immutable;
using Shared.Api;

namespace NodeActor.Agent;

/// <summary>What one node's agent is told.</summary>
public sealed record AgentOptions(NodeName Node)
{
    /// <summary>The node's address: its InternalIP.</summary>
    public required string Address { get; init; }

    /// <summary>The port of the server for logs and exec; told in the Node's daemonEndpoints.</summary>
    public int StreamingPort { get; init; } = 10250;

    /// <summary>Labels beyond those every node has.</summary>
    public ImmutableDictionary<string, string> Labels { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>How often the lease is renewed. A sixth of the control plane's default: several may be lost.</summary>
    public TimeSpan RenewEvery { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long an unanswered request is left before it is repeated.</summary>
    public TimeSpan RepeatAfter { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How often the node's whole status is reported even if nothing has changed.</summary>
    public TimeSpan StatusEvery { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How often the node looks what it and its pods use. As metrics-server does; the control plane forgets what is older than a minute.</summary>
    public TimeSpan UsageEvery { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Where the agent notes until when it holds its lease, for the one that comes after it. Null: its pods end with this process, and there is nothing to fence.
    /// </summary>
    public string? CheckpointFile { get; init; }
}
