using Akka.Actor;
using Akka.Event;
using ControlPlane.Entities;
using ControlPlane.Nodes.Agents;
using Shared.Api;
using Shared.Protocol;

namespace ControlPlane.Nodes.Registration;

/// <summary>Registers nodes, one attempt of each at a time.</summary>
internal sealed class RegistrationsActor : ReceiveActor
{
    private const int Most = 1024;

    private readonly HashSet<NodeName> _registering = [];
    private readonly ILoggingAdapter _log = Context.GetLogger();

    public RegistrationsActor(ObjectServices services, NodeOptions options, AgentTickets tickets)
    {
        var registrar = new NodeRegistrar(services, options, tickets);
        Receive<RegisterNode>(request =>
        {
            // A repetition while the first is under way would only claim a second pod range; its agent comes again.
            if (_registering.Contains(request.Node)) return;
            if (_registering.Count >= Most)
            {
                Sender.Tell(NodeRefusal.Of(request, ApiStatus.TooManyRequests("too many nodes are registering")), Self);
                return;
            }
            _registering.Add(request.Node);
            var asker = Sender;
            registrar.Register(request).PipeTo(Self, success: answer => new Done(request.Node, asker, answer), failure: cause => new Done(request.Node, asker, Failed(request, cause)));
        });
        Receive<Done>(done =>
        {
            _registering.Remove(done.Node);
            done.Asker.Tell(done.Answer, Self);
        });
    }

    public static Props Props(ObjectServices services, NodeOptions options, AgentTickets tickets) =>
        Akka.Actor.Props.Create(() => new RegistrationsActor(services, options, tickets));

    private NodeRefused Failed(RegisterNode request, Exception cause)
    {
        _log.Error(cause, "The registration of {0} failed", request.Node);
        return NodeRefusal.Of(request, ApiStatus.InternalError("the registration failed"));
    }

    private sealed record Done(NodeName Node, IActorRef Asker, INodeMessage Answer);
}
