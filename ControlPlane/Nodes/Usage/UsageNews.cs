using System.Collections.Immutable;
using Shared.Api;
using Shared.Protocol;

namespace ControlPlane.Nodes.Usage;

/// <summary>What an agent told a control plane that it and its pods use, told to the others: agents speak to one of them only. One that is lost is made up for by the next.</summary>
public sealed record UsageNews(NodeName Node, NodeUse? Own, ImmutableArray<PodUse> Pods);
