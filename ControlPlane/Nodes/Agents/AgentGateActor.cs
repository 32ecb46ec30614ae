using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Akka.Actor;
using Akka.Event;
using Shared.Hosting;
using Shared.Protocol;

namespace ControlPlane.Nodes.Agents;

/// <summary>
/// The only actor agents can address, in an actor system of its own: makes sure who asks, and passes on what that agent may ask. A registration must be signed
/// with the key of the node's certificate; whatever else comes must carry the ticket of just that node and epoch. All other messages end here.
/// </summary>
public sealed class AgentGateActor : ReceiveActor
{
    private readonly AgentTickets _tickets;
    private readonly TrustedAuthorities _authority;
    private readonly TimeProvider _time;
    private readonly ILoggingAdapter _log = Context.GetLogger();

    public AgentGateActor(IActorRef service, AgentTickets tickets, TrustedAuthorities authority, TimeProvider time)
    {
        (_tickets, _authority, _time) = (tickets, authority, time);
        Receive<AskChallenge>(ask => Sender.Tell(new NodeChallenge(ask.Node, ask.Instance, tickets.Challenge(ask.Node, ask.Instance)), Self));
        Receive<RegisterNode>(request =>
        {
            if (Fault(request) is { } fault) Refuse(request, fault);
            else service.Forward(request);
        });
        Receive<TicketedRequest>(carried =>
        {
            var request = carried.Request;
            switch (request is RegisterNode or AskChallenge ? TicketVerdict.Forged : tickets.Verify(carried.Ticket, request.Node, request.Epoch))
            {
                case TicketVerdict.Valid:
                    service.Forward(request);
                    break;
                case TicketVerdict.Expired:
                    Sender.Tell(NodeRefusal.Untrusted(request, "the ticket has run out"), Self);
                    break;
                default:
                    Refuse(request, "the ticket is not one of this node in this epoch");
                    break;
            }
        });
        Receive<NodeRequest>(request => Refuse(request, "it carries no ticket"));
    }

    public static Props Props(IActorRef service, AgentTickets tickets, TrustedAuthorities authority, TimeProvider time) =>
        Akka.Actor.Props.Create(() => new AgentGateActor(service, tickets, authority, time));

    protected override void Unhandled(object message) => _log.Warning("Passed over {0} from {1}", message.GetType(), Sender);

    /// <summary>Why a registration is not believed; null: it is.</summary>
    private string? Fault(RegisterNode request)
    {
        if (_tickets.VerifyChallenge(request.Proof.Challenge, request.Node, request.Instance) is not TicketVerdict.Valid and var verdict)
        {
            return verdict is TicketVerdict.Expired ? "its challenge is too old" : "its challenge is of another attempt";
        }
        try
        {
            using var certificate = X509CertificateLoader.LoadCertificate(request.Proof.Certificate);
            if (!ProcessCertificate.IsSigned(certificate, _authority, _time.GetUtcNow())) return "its certificate is not one of this cluster";
            if (!ProcessCertificate.IsNode(certificate, request.Node.Value)) return "its certificate is of another node";
            return request.Proof.Verify(certificate, request) ? null : "it is not signed with the certificate's key";
        }
        catch (CryptographicException)
        {
            return "it holds no certificate";
        }
    }

    private void Refuse(NodeRequest request, string why)
    {
        _log.Warning("Refused {0} for node {1} from {2}: {3}", request.GetType().Name, request.Node, Sender.Path.Address, why);
        Sender.Tell(NodeRefusal.Untrusted(request, why), Self);
    }
}
