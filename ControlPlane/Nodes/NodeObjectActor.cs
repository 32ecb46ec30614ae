using Akka.Actor;
using ControlPlane.Entities;
using ControlPlane.Nodes.Leases;
using ControlPlane.Nodes.Zones;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Protocol;

namespace ControlPlane.Nodes;

/// <summary>
/// The actor of a Node: its controller, and the one that hears its agent. The agent's renewals come to it, and only to it, so its word on which epoch is the
/// current one is final. What it heard lies in <see cref="NodeLeases"/>.
/// </summary>
public sealed class NodeObjectActor : ReconcilingActor
{
    private readonly NodeOptions _options;
    private readonly NodeLeases _leases;
    private readonly bool _watches = !IsGuest;
    private long _epoch;

    public NodeObjectActor(ObjectKey key, ObjectServices services, NodeOptions options, NodeLeases leases)
        : base(key, services, new Judge(options, leases)) => (_options, _leases) = (options, leases);

    public static Props Props(ObjectKey key, ObjectServices services, NodeOptions options, NodeLeases leases) =>
        Akka.Actor.Props.Create(() => new NodeObjectActor(key, services, options, leases));

    /// <summary>
    /// A sign of life is heard and answered while the journal is waited for, too: a persistent actor puts everything else off until then, and a database that
    /// stalls must not look like a silent node.
    /// </summary>
    protected override bool AroundReceive(Receive receive, object message)
    {
        if (message is not RenewLease renewal || IsRecovering) return base.AroundReceive(receive, message);
        Renew(renewal);
        return true;
    }

    /// <inheritdoc/>
    protected override void PreStart()
    {
        // What comes while the newest event is read is heard by this actor: the lease begins here.
        if (_watches) _leases.Begin(Key.Name);
        base.PreStart();
    }

    /// <inheritdoc/>
    protected override void PostStop()
    {
        if (_watches) _leases.End(Key.Name, State is null);
        base.PostStop();
    }

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
        if (_watches) _leases.Renew(Key.Name);
    }

    /// <inheritdoc/>
    protected override ValueTask<Proposal> Propose(ObjectCommand command)
    {
        if (command is not PatchObject { Patch: RegistrationPatch registration } || State?.Project(NodeView.Of) is not { IsAgent: true } node || !registration.IsRivalOf(node)) return base.Propose(command);

        // Each would register anew as often as it is told that the other has, and both would run the node's pods.
        return _leases.StateOf(Key.Name, _options.Succession) is { IsLost: false, Left: var left }
            ? new(ApiStatus.Conflict(Key, $"the agent on {node.Machine.Split('/')[^1]} runs the node; an agent on another machine may, once that one has been silent for {left?.TotalSeconds:0} s more"))
            : base.Propose(command);
    }

    private void Renew(RenewLease request)
    {
        var epoch = State?.Project(NodeView.Of).Epoch;
        if (epoch != request.Epoch)
        {
            Sender.Tell(NodeRefusal.Stale(request, epoch), Self);
            return;
        }
        _leases.Renew(Key.Name);
        Sender.Tell(new LeaseRenewed(request.Node, request.Epoch, request.Sequence, WantsStatus: !State!.Project(NodeView.Of).IsReachable), Self);
    }

    /// <summary>Joins what the process hears with what an external kubelet writes and with how the zone is.</summary>
    private sealed class Judge(NodeOptions options, NodeLeases leases) : IReconciler
    {
        private readonly ZoneSurvey _zones = new(options, leases);

        public Plan Reconcile(StoredObject self, IObjectView view, DateTimeOffset now)
        {
            var node = self.Project(NodeView.Of);
            if (!node.IsAgent) leases.Observe(self.Key.Name, ExternalLease.Evidence(self, view));
            var lease = leases.StateOf(self.Key.Name, options.LeaseOf(node));
            return NodeReconciler.Plan(self, lease, lostFor => _zones.Judge(self, view, lostFor, now), () => view.PodsOn(self.Key.Name), now);
        }
    }
}
