using Akka.Actor;
using ControlPlane.Access.ServiceAccounts;
using ControlPlane.Entities;
using ControlPlane.Membership;
using ControlPlane.Nodes.Agents;
using ControlPlane.Nodes.Drains;
using ControlPlane.Nodes.Leases;
using ControlPlane.Nodes.Orphans;
using ControlPlane.Nodes.Registration;
using ControlPlane.Nodes.Reports;
using ControlPlane.Nodes.Streams;
using ControlPlane.Nodes.Tokens;
using ControlPlane.Nodes.Usage;
using ControlPlane.Telemetry.Usage;
using Shared.Api;
using Shared.Protocol;

namespace ControlPlane.Nodes;

/// <summary>What the node service is made of besides the objects.</summary>
/// <param name="Drain">Knows which endpoints list a pod.</param>
/// <param name="Members">Who hears agents too.</param>
/// <param name="Usage">Where it is noted what nodes and pods use.</param>
/// <param name="Issuer">Makes the tokens of pods.</param>
public sealed record NodeServiceParts(
    NodeOptions Options, NodeLeases Leases, AgentTickets Tickets, IEndpointDrain Drain, MemberBook Members, UsageTable Usage, TokenIssuer Issuer);

/// <summary>
/// What agents ask of a control plane, once <see cref="AgentGateActor"/> has made sure who asks. Holds nothing that matters: every request says all that is
/// needed, and what it changes is decided by the actor of the object. This actor judges the epoch and gives the work to the one whose concept it is.
/// </summary>
public sealed class NodeServiceActor : ReceiveActor
{
    private readonly ObjectServices _services;

    public NodeServiceActor(ObjectServices services, NodeServiceParts parts)
    {
        _services = services;
        var registrations = Context.ActorOf(RegistrationsActor.Props(services, parts.Options, parts.Tickets), "registrations");
        var reports = Context.ActorOf(ReportsActor.Props(services, parts.Options), "reports");
        var drains = Context.ActorOf(DrainsActor.Props(parts.Drain, services.Cache), "drains");
        var news = Context.ActorOf(NewsActor.Props(parts.Members, parts.Leases, drains), NewsActor.Name);
        var renewals = Context.ActorOf(RenewalsActor.Props(services, news), "renewals");
        var streams = Context.ActorOf(NodeStreamsActor.Props(services.Cache, services.Time), "streams");
        var usage = Context.ActorOf(UsageActor.Props(parts.Members, parts.Usage), UsageActor.Name);
        var tokens = Context.ActorOf(TokensActor.Props(services, parts.Issuer), "tokens");
        Context.ActorOf(LeaseWatchActor.Props(services, parts.Leases), "watch");
        Context.ActorOf(OrphansActor.Props(services, parts.Options, parts.Leases), "orphans");

        Receive<RegisterNode>(registrations.Forward);
        Receive<RenewLease>(request =>
        {
            // The Node's own actor judges the epoch; what a stale agent's proxy has applied is of no account.
            renewals.Forward(request);
            if (EpochOf(request) == request.Epoch) news.Tell(new HeardNode(request.Node, request.Epoch, request.ProxyRevision));
        });
        Receive<PullChanges>(request => WhenCurrent(request, streams));
        Receive<AwaitDrained>(request => WhenCurrent(request, drains));
        Receive<ReportUsage>(request => WhenCurrent(request, usage));
        Receive<AskToken>(request => WhenCurrent(request, tokens));
        Receive<NodeRequest>(request => WhenCurrent(request, reports));
    }

    public static Props Props(ObjectServices services, NodeServiceParts parts) => Akka.Actor.Props.Create(() => new NodeServiceActor(services, parts));

    private void WhenCurrent(NodeRequest request, IActorRef worker)
    {
        if (IsCurrent(request)) worker.Forward(request);
    }

    private bool IsCurrent(NodeRequest request)
    {
        var epoch = EpochOf(request);
        if (epoch == request.Epoch) return true;
        if (epoch is null || request.Epoch < epoch) Sender.Tell(NodeRefusal.Stale(request, epoch), Self);

        // An epoch above the known one was given by a peer whose write has not come here yet: the agent asks again.
        else Sender.Tell(NodeRefusal.Of(request, ApiStatus.ServiceUnavailable("this control plane is behind")), Self);
        return false;
    }

    private long? EpochOf(NodeRequest request) => _services.Cache.Get(NodeView.KeyOf(request.Node))?.Project(NodeView.Of).Epoch;
}
