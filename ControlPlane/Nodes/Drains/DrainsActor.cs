using System.Collections.Immutable;
using Akka.Actor;
using ControlPlane.Journal;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Protocol;

namespace ControlPlane.Nodes.Drains;

/// <summary>To the drains: a node's renewal tells how far its proxy has come.</summary>
internal sealed record ProxyApplied(NodeName Node, long Epoch, long Revision);

/// <summary>
/// Answers agents that wait to stop a pod. Nothing is polled: it hears of changed endpoints, pods and nodes through the feed, and of proxies through the
/// renewals. A change that was missed is made up for when the agent asks again.
/// </summary>
internal sealed class DrainsActor : ReceiveActor, IWithTimers
{
    private static readonly GroupResource Nodes = new("", "nodes");
    private static readonly TimeSpan Sweep = TimeSpan.FromSeconds(5);

    private readonly WatchCache _cache;
    private readonly ProxyLedger _ledger = new();
    private readonly DrainWaits _waits;
    private readonly Action<CommittedBatch, IReadOnlyList<ObjectChange>> _applied;
    private volatile bool _anyWaits;

    public DrainsActor(IEndpointDrain drain, WatchCache cache)
    {
        _cache = cache;
        _waits = new(drain, cache, _ledger);
        var self = Self;
        _applied = (_, changes) =>
        {
            var concerned = Concerned(changes);
            if (!concerned.IsEmpty) self.Tell(new Changed(concerned));
        };
        Receive<AwaitDrained>(request =>
        {
            _waits.Add(request, Sender);
            Settle();
        });
        Receive<ProxyApplied>(proxy =>
        {
            _ledger.Note(proxy.Node, proxy.Epoch, proxy.Revision);
            Settle();
        });
        Receive<Changed>(Look);
        Receive<SweepDue>(_ =>
        {
            _ledger.ShowAll([.. _cache.List(Nodes).Objects]);
            Settle();
        });
    }

    public static Props Props(IEndpointDrain drain, WatchCache cache) => Akka.Actor.Props.Create(() => new DrainsActor(drain, cache));

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        _cache.Applied += _applied;
        _ledger.ShowAll([.. _cache.List(Nodes).Objects]);
        Timers.StartPeriodicTimer(SweepDue.Instance, SweepDue.Instance, Sweep);
    }

    protected override void PostStop() => _cache.Applied -= _applied;

    // Runs in the feed: only picks out what matters, and while nobody waits that is the nodes.
    private ImmutableArray<ObjectChange> Concerned(IReadOnlyList<ObjectChange> changes)
    {
        var found = ImmutableArray.CreateBuilder<ObjectChange>();
        foreach (var change in changes)
        {
            if (Matters(change.Object.Key.GroupResource)) found.Add(change);
        }
        return found.DrainToImmutable();
    }

    private bool Matters(GroupResource resource) => resource switch
    {
        { Group: "", Resource: "nodes" } => true,
        { Group: "", Resource: "pods" or "services" } or { Group: "discovery.k8s.io", Resource: "endpointslices" } => _anyWaits,
        _ => false,
    };

    private void Look(Changed changed)
    {
        foreach (var change in changed.Changes)
        {
            var key = change.Object.Key;
            if (key.Resource == "pods") _waits.LookAtPod(key);
            else if (key.Resource != "nodes") continue;
            else if (_cache.Get(key) is { } node) _ledger.Show(node);
            else _ledger.Forget(key.Name);
        }
        foreach (var @namespace in changed.Changes.Where(change => change.Object.Key.Resource is not ("pods" or "nodes")).Select(change => change.Object.Key.Namespace).Distinct())
        {
            _waits.LookAtNamespace(@namespace);
        }
        Settle();
    }

    private void Settle()
    {
        _waits.Release();
        _anyWaits = _waits.Any;
    }

    private sealed record Changed(ImmutableArray<ObjectChange> Changes);

    private sealed class SweepDue
    {
        public static readonly SweepDue Instance = new();
    }
}
