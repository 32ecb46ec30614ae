using Akka.Actor;
using ControlPlane.Membership;
using ControlPlane.Nodes.Drains;
using Shared.Api;

namespace ControlPlane.Nodes.Leases;

/// <summary>
/// Tells the other members what was heard of nodes here, and hears it of them. A proxy that has come further is told at once, since somebody may wait for it to
/// stop a pod; that a node lives, a few times a second for all nodes together.
/// </summary>
internal sealed class NewsActor : ReceiveActor, IWithTimers
{
    /// <summary>The actor's name below the node service, the same in every control plane.</summary>
    public const string Name = "news";

    private static readonly TimeSpan TellEvery = TimeSpan.FromMilliseconds(250);
    private readonly Dictionary<NodeName, HeardNode> _untold = [];
    private readonly Dictionary<NodeName, (long Epoch, long Revision)> _told = [];
    private readonly MemberBook _members;

    public NewsActor(MemberBook members, NodeLeases leases, IActorRef drains)
    {
        _members = members;
        Receive<HeardNode>(heard =>
        {
            leases.Hear(heard.Node.Value);
            drains.Tell(new ProxyApplied(heard.Node, heard.Epoch, heard.ProxyRevision));
            if (!members.HasPeers) return;
            _untold[heard.Node] = heard;
            if (_told.GetValueOrDefault(heard.Node) != (heard.Epoch, heard.ProxyRevision)) Tell();
            else if (!Timers.IsTimerActive(TellDue.Instance)) Timers.StartSingleTimer(TellDue.Instance, TellDue.Instance, TellEvery);
        });
        Receive<NodeNews>(news =>
        {
            foreach (var heard in news.Nodes)
            {
                leases.Hear(heard.Node.Value);
                drains.Tell(new ProxyApplied(heard.Node, heard.Epoch, heard.ProxyRevision));
            }
        });
        Receive<TellDue>(_ => Tell());
        Receive<NodesLeft>(left =>
        {
            foreach (var gone in _told.Keys.Where(node => !left.Nodes.Contains(node.Value)).ToArray()) _told.Remove(gone);
            leases.Forget(left.Nodes);
        });
    }

    /// <param name="drains">Who waits for proxies.</param>
    public static Props Props(MemberBook members, NodeLeases leases, IActorRef drains) => Akka.Actor.Props.Create(() => new NewsActor(members, leases, drains));

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    private void Tell()
    {
        if (_untold.Count == 0) return;
        var news = new NodeNews([.. _untold.Values]);
        foreach (var heard in _untold.Values) _told[heard.Node] = (heard.Epoch, heard.ProxyRevision);
        _untold.Clear();
        var path = Self.Path.ToStringWithoutAddress();
        foreach (var member in _members.Peers) Context.ActorSelection($"{member}{path}").Tell(news, Self);
    }

    /// <summary>The nodes there are: all others are forgotten.</summary>
    internal sealed record NodesLeft(IReadOnlySet<string> Nodes);

    private sealed class TellDue
    {
        public static readonly TellDue Instance = new();
    }
}
