using System.Collections.Immutable;
using Akka.Actor;
using Shared.Api;
using Shared.Protocol;

namespace Shared.Serialization;

/// <summary>Writes and reads what node agents and the control plane say to each other.</summary>
public sealed class NodeMessageSerializer(ExtendedActorSystem system) : ProtocolSerializer(system, 110, Types)
{
    /// <summary>Every <see cref="INodeMessage"/>. Add new ones at the end.</summary>
    public static ProtocolTypes Types { get; } = new(
        [
            typeof(RegisterNode), typeof(NodeRegistered), typeof(NodeRefused), typeof(RenewLease), typeof(LeaseRenewed), typeof(ReportNodeStatus),
            typeof(PullChanges), typeof(NodeChanges), typeof(ReportPodStatus), typeof(ConfirmPodStopped), typeof(ReportResult),
            typeof(AwaitDrained), typeof(PodDrained), typeof(RecordEvents),
            typeof(AskChallenge), typeof(NodeChallenge), typeof(TicketedRequest),
            typeof(ConfirmVolumeRemoved), typeof(ReportUsage), typeof(AskToken), typeof(PodToken),
        ],
        [
            typeof(NodeName), typeof(PodUid), typeof(ObjectKey), typeof(TimeSpan), typeof(ApiStatus), typeof(StatusCause), typeof(NodeChange),
            typeof(NodeEvent), typeof(ImmutableArray<StatusCause>), typeof(ImmutableArray<NodeChange>), typeof(ImmutableArray<NodeEvent>),
            typeof(NodeProof), typeof(LeaseTerms),
            typeof(DateTimeOffset), typeof(NodeUse), typeof(PodUse), typeof(ContainerUse), typeof(ImmutableArray<PodUse>), typeof(ImmutableArray<ContainerUse>),
        ]);
}
