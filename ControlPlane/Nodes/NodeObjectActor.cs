using Akka.Actor;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Protocol;

namespace ControlPlane.Nodes;

/// <summary>
/// The actor of a Node: besides being its controller it holds the node's lease. The agent's renewals come to it, and only to it, so its word on which
/// epoch is the current one is final.
/// </summary>
public sealed class NodeObjectActor : ReconcilingActor
{
    private readonly LeaseWatch _watch;
    private long _epoch;

    public NodeObjectActor(ObjectKey key, ObjectServices services, LeaseWatch watch)
        : base(key, services, watch)
    {
        _watch = watch;
        Command<RenewLease>(Renew);
    }

    public static Props Props(ObjectKey key, ObjectServices services, NodeOptions options) =>
        Akka.Actor.Props.Create(() => new NodeObjectActor(key, services, new LeaseWatch(options, services.Time)));

    /// <inheritdoc/>
    protected override void OnReplaySuccess()
    {
        base.OnReplaySuccess();
        _epoch = State?.Project(NodeView.Of).Epoch ?? 0;
    }

    /// <inheritdoc/>
    protected override void Stored()
    {
        // A registration is a sign of life: the first renewal of its epoch may come too late for a lease that had run out.
        if (State is null || State.Project(NodeView.Of).Epoch is var epoch && epoch == _epoch) return;
        _epoch = epoch;
        _watch.Lease = _watch.Lease.Renew(Services.Time.GetUtcNow());
    }

    private void Renew(RenewLease request)
    {
        var epoch = State?.Project(NodeView.Of).Epoch;
        if (epoch != request.Epoch)
        {
            Sender.Tell(NodeRefusal.Stale(request, epoch), Self);
            return;
        }
        _watch.Lease = _watch.Lease.Renew(Services.Time.GetUtcNow());
        Sender.Tell(new LeaseRenewed(request.Node, request.Epoch, request.Sequence), Self);
        if (!State!.Project(NodeView.Of).IsReachable) Self.Tell(new Reconcile(Key, State!.Revision), Self);
    }

    /// <summary>Joins the lease in memory with what an external kubelet writes.</summary>
    public sealed class LeaseWatch(NodeOptions options, TimeProvider time) : IReconciler
    {
        public NodeLease Lease { get; set; } = NodeLease.Begin(time.GetUtcNow());

        public Plan Reconcile(StoredObject self, IObjectView view, DateTimeOffset now)
        {
            if (!self.Project(NodeView.Of).IsAgent) Lease = Lease.Observe(ExternalLease.Evidence(self, view), now);
            return NodeReconciler.Plan(self, Lease, () => view.PodsOn(self.Key.Name), options, now);
        }
    }
}
