using System.Collections.Immutable;
using Shared.Api;

namespace Shared.Protocol;

/// <summary>
/// What a node agent and the control plane say to each other. The agent asks, always: it sends to
/// <see cref="NodeProtocol.Service"/> on the agents' port of any control plane and the answer comes back to the sender, so no side holds a connection that
/// the other must clean up. Every request may be lost, doubled or late; each is idempotent and carries the node's epoch. After the registration,
/// which is signed, every request travels in a <see cref="TicketedRequest"/>.
/// </summary>
public interface INodeMessage;

/// <summary>Names and bounds both sides share.</summary>
public static class NodeProtocol
{
    /// <summary>The actor path of the service that answers agents, on every control plane.</summary>
    public const string Service = "/user/nodes";

    /// <summary>The largest sum of object sizes in one <see cref="NodeChanges"/>, in bytes; one larger object travels alone.</summary>
    public const int MaxBatchBytes = 512 * 1024;

    /// <summary>The most containers in one <see cref="ReportUsage"/>, so that it stays a small message; one pod with more travels alone.</summary>
    public const int MaxUsedContainers = 1000;

    /// <summary>How long a <see cref="PullChanges"/> is held open when there is nothing to tell.</summary>
    public static readonly TimeSpan LongPoll = TimeSpan.FromSeconds(10);

    /// <summary>The annotation of a Node that holds its current epoch.</summary>
    public const string EpochAnnotation = "nodes.actors.io/epoch";

    /// <summary>The annotation of a Node that holds the <see cref="RegisterNode.Instance"/> its epoch was given to.</summary>
    public const string InstanceAnnotation = "nodes.actors.io/instance";

    /// <summary>The annotation of a Node that names the machine its agent runs on, as <c>BOOT/ADDRESS</c>.</summary>
    public const string MachineAnnotation = "nodes.actors.io/machine";

    /// <summary>The reason of a <see cref="NodeRefused"/> that tells the agent to register anew.</summary>
    public const string StaleEpoch = "StaleEpoch";

    /// <summary>The same where the request is not believed to be its node's: its ticket is of another epoch or key, or too old.</summary>
    public const string Untrusted = "Untrusted";
}

/// <summary>A request of a node agent. <paramref name="Epoch"/> is the one its registration got; 0 before that.</summary>
public abstract record NodeRequest(NodeName Node, long Epoch) : INodeMessage;

/// <summary>An answer to a node agent: it names the node it is for, since one process may run many.</summary>
public abstract record NodeAnswer(NodeName Node) : INodeMessage;

/// <summary>
/// Makes the Node object, or takes over the one there is, and starts a new epoch: whoever ran under an older one is fenced off.
/// <paramref name="NodeJson"/> is a core/v1 Node with labels, addresses, capacity and allocatable. <paramref name="Instance"/> is a new random text of
/// every attempt to register, kept while that attempt is repeated: a doubled request then finds its own epoch and starts no further one.
/// <paramref name="Proof"/> shows that the node's own agent sent it.
/// </summary>
public sealed record RegisterNode(NodeName Node, string Instance, byte[] NodeJson, NodeProof Proof) : NodeRequest(Node, 0);

/// <summary>Answers <see cref="RegisterNode"/>. <paramref name="Ticket"/> goes with every later request of this epoch.</summary>
public sealed record NodeRegistered(
    NodeName Node, long Epoch, string Instance, string Uid, string PodCidr, string ClusterCidr, string ServiceCidr, LeaseTerms Terms, byte[] Ticket) : NodeAnswer(Node);

/// <summary>Under which terms a node is the cluster's.</summary>
/// <param name="Lease">Without a renewal for this long the node counts as lost.</param>
/// <param name="FenceGrace">
/// What containers that must not run twice get between TERM and KILL once the lease is lost. The control plane starts them elsewhere after the lease, this and
/// some slack.
/// </param>
public sealed record LeaseTerms(TimeSpan Lease, TimeSpan FenceGrace);

/// <summary>Asks for what a registration is to be signed with.</summary>
public sealed record AskChallenge(NodeName Node, string Instance) : NodeRequest(Node, 0);

/// <summary>Answers <see cref="AskChallenge"/>; good for half a minute.</summary>
public sealed record NodeChallenge(NodeName Node, string Instance, byte[] Challenge) : NodeAnswer(Node);

/// <summary>A request with the ticket of its node and epoch, without which nothing but a registration is heard.</summary>
public sealed record TicketedRequest(NodeRequest Request, byte[] Ticket) : INodeMessage;

/// <summary>
/// The request was refused. With reason <see cref="NodeProtocol.StaleEpoch"/> the agent must register anew, if <paramref name="Epoch"/> (the refused
/// request's) is still its own.
/// </summary>
public sealed record NodeRefused(NodeName Node, long Epoch, ApiStatus Status) : NodeAnswer(Node);

/// <summary>
/// Sent every second. <paramref name="ProxyRevision"/> is the revision the node's service proxy has applied; -1 if it has no proxy.
/// <paramref name="Sequence"/> comes back with the answer: the agent counts its lease from when it sent the renewal that was answered, which is
/// never later than the control plane counts it.
/// </summary>
public sealed record RenewLease(NodeName Node, long Epoch, long Sequence, long ProxyRevision) : NodeRequest(Node, Epoch);

/// <summary>
/// Answers <see cref="RenewLease"/>. <paramref name="WantsStatus"/>: the node counts as lost until it tells its status, which only its agent knows.
/// </summary>
public sealed record LeaseRenewed(NodeName Node, long Epoch, long Sequence, bool WantsStatus = false) : NodeAnswer(Node);

/// <summary>
/// Replaces what the agent knows of the Node's status (addresses, capacity, images, nodeInfo and the conditions it names). Answered only by a
/// <see cref="NodeRefused"/>; sent again with the next heartbeat.
/// </summary>
public sealed record ReportNodeStatus(NodeName Node, long Epoch, byte[] StatusJson) : NodeRequest(Node, Epoch);

/// <summary>
/// Asks for what changed after a revision: pods bound to the node, the ConfigMaps, Secrets and claims they use, the volumes that are directories of the node, and with <paramref name="WithServices"/> Services,
/// EndpointSlices and the places of Nodes (name, uid, pod range, addresses). Held open until there is something or
/// <see cref="NodeProtocol.LongPoll"/> has passed. With <paramref name="After"/> 0 the answer is a snapshot. <paramref name="Continue"/> is the last answer's: the
/// next page of a snapshot, or the rest of what is told at one revision. <paramref name="Sequence"/> comes back with the answer, so that a late answer
/// to an earlier pull is known as one.
/// </summary>
public sealed record PullChanges(NodeName Node, long Epoch, long Sequence, long After, string Continue, bool WithServices) : NodeRequest(Node, Epoch);

/// <summary>
/// Changes in revision order; the agent has seen everything up to <paramref name="To"/> once it has applied them. With <paramref name="Snapshot"/> the items are
/// live objects of a snapshot: when the last page (empty <paramref name="Continue"/>) has come, whatever the pages did not name is gone.
/// <para>
/// What a pod uses is told no later than the pod. So a ConfigMap, Secret or claim that is not there once <paramref name="To"/> has reached the revision of a pod
/// that uses it does not exist.
/// </para>
/// </summary>
public sealed record NodeChanges(
    NodeName Node, long Epoch, long Sequence, long To, bool Snapshot, string Continue, ImmutableArray<NodeChange> Items) : NodeAnswer(Node);

/// <summary>
/// An object the node follows, as API JSON; <paramref name="Deleted"/>: it is gone, and there is no JSON. Applied only if <paramref name="Revision"/> is above
/// that of the version known: pages of a snapshot may run ahead of the changes that follow it.
/// </summary>
public sealed record NodeChange(ObjectKey Key, long Revision, byte[] Json, bool Deleted)
{
    /// <summary>No pod of the node uses the object any more: whatever version of it is known goes.</summary>
    public static NodeChange Withdrawn(ObjectKey key) => new(key, long.MaxValue, [], true);
}

/// <summary>
/// Replaces a pod's status. Refused for a pod of another uid or one that is not bound to this node. <paramref name="Sequence"/> comes back with the answer.
/// </summary>
public sealed record ReportPodStatus(NodeName Node, long Epoch, long Sequence, ObjectKey Pod, PodUid Uid, byte[] StatusJson) : NodeRequest(Node, Epoch);

/// <summary>All containers of a pod that is being deleted have stopped and its sandbox is gone: the object may go.</summary>
public sealed record ConfirmPodStopped(NodeName Node, long Epoch, long Sequence, ObjectKey Pod, PodUid Uid) : NodeRequest(Node, Epoch);

/// <summary>
/// Answers a report. <paramref name="Refusal"/> null: it was stored (or was already so). Reason <c>NotFound</c>: there is no such pod any more.
/// </summary>
public sealed record ReportResult(NodeName Node, long Epoch, long Sequence, ObjectKey Pod, PodUid Uid, ApiStatus? Refusal) : NodeAnswer(Node);

/// <summary>
/// Before TERM: answered by <see cref="PodDrained"/> once no endpoint lists the pod as ready and every live node's proxy has applied that. Asked again
/// every few seconds until then.
/// </summary>
public sealed record AwaitDrained(NodeName Node, long Epoch, ObjectKey Pod, PodUid Uid) : NodeRequest(Node, Epoch);

/// <summary>No new connection reaches the pod any more.</summary>
public sealed record PodDrained(NodeName Node, ObjectKey Pod, PodUid Uid) : NodeAnswer(Node);

/// <summary>
/// Asks for a token of the account that a pod of this node runs as, as a volume of the pod asks for it. Answered by <see cref="PodToken"/>; asked again until then, and before the token's
/// end.
/// </summary>
/// <param name="Audience">For whom the token is; empty for the API.</param>
/// <param name="Seconds">How long it is good.</param>
public sealed record AskToken(NodeName Node, long Epoch, ObjectKey Pod, PodUid Uid, string Audience, long Seconds) : NodeRequest(Node, Epoch);

/// <summary>Answers <see cref="AskToken"/>.</summary>
/// <param name="Token">Empty where it is refused.</param>
public sealed record PodToken(NodeName Node, long Epoch, ObjectKey Pod, PodUid Uid, string Audience, long Seconds, string Token, ApiStatus? Refusal) : NodeAnswer(Node)
{
    /// <summary>Never the token.</summary>
    public override string ToString() => $"PodToken {{ {Pod.Namespace}/{Pod.Name} for {Audience}: {Refusal?.Message ?? "granted"} }}";
}

/// <summary>
/// The directory of a volume that is being deleted is gone from the node: the object may go. Has no answer but the volume's next version; sent again until that comes.
/// </summary>
public sealed record ConfirmVolumeRemoved(NodeName Node, long Epoch, ObjectKey Volume, string Uid) : NodeRequest(Node, Epoch);

/// <summary>Events to record. Has no answer: events are told at most once.</summary>
public sealed record RecordEvents(NodeName Node, long Epoch, ImmutableArray<NodeEvent> Events) : NodeRequest(Node, Epoch);

/// <summary>A Kubernetes Event about a pod or the node itself.</summary>
/// <param name="Type"><c>Normal</c> or <c>Warning</c>.</param>
/// <param name="FieldPath">For a container, <c>spec.containers{name}</c>.</param>
public sealed record NodeEvent(string Kind, string Namespace, string Name, string Uid, string FieldPath, string Type, string Reason, string Message);

/// <summary>
/// What the node and its pods use. Has no answer and is told at most once: the next one makes up for it. A pod that is not named keeps what was told of it, until
/// that is too old. <paramref name="Own"/>: null where the node does not know.
/// </summary>
public sealed record ReportUsage(NodeName Node, long Epoch, NodeUse? Own, ImmutableArray<PodUse> Pods) : NodeRequest(Node, Epoch);

/// <summary>What a whole node uses, its pods and everything else on it.</summary>
/// <param name="At">The end of the window, by the node's clock.</param>
/// <param name="Window">Over which time the use of processors is the mean.</param>
/// <param name="CpuNanocores">Processor time per time, in 10^-9 processors.</param>
/// <param name="MemoryBytes">The working set at the end of the window.</param>
public sealed record NodeUse(DateTimeOffset At, TimeSpan Window, long CpuNanocores, long MemoryBytes);

/// <summary>What a pod's running containers use: all of them, since a sum over some would be taken for the pod's.</summary>
/// <param name="At">The end of the earliest container's window, by the node's clock.</param>
/// <param name="Window">Over which time that container's use of processors is the mean.</param>
public sealed record PodUse(PodUid Uid, DateTimeOffset At, TimeSpan Window, ImmutableArray<ContainerUse> Containers);

/// <summary>What a container uses; see <see cref="NodeUse"/> for the units.</summary>
public sealed record ContainerUse(string Name, long CpuNanocores, long MemoryBytes);
