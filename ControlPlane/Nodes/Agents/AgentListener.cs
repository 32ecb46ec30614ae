using System.Net;
using Akka.Actor;
using Akka.Configuration;
using Akka.Hosting.Logging;
using Shared.Hosting;
using Shared.Protocol;
using Shared.Serialization;

namespace ControlPlane.Nodes.Agents;

/// <summary>Where agents come in: an actor system of their own, on a port of its own, that knows nothing but the gate.</summary>
public static class AgentListener
{
    /// <summary>
    /// Untrusted mode: a peer can neither watch nor deploy actors, and can select only what is named here. It would still let <c>Kill</c> through, so that what Akka says
    /// to actors of its own accord is not even read: agents say nothing but the messages of the protocol. There is no cluster to join.
    /// </summary>
    public static Config Config { get; } = ConfigurationFactory.ParseString(
        $$"""
        akka {
          actor {
            provider = remote
            serializers {
              akka-misc = "Shared.Serialization.RefusingSerializer, Shared"
              akka-daemon-create = "Shared.Serialization.RefusingSerializer, Shared"
            }
          }
          loglevel = WARNING
          stdout-loglevel = OFF
          loggers = ["Akka.Hosting.Logging.LoggerFactoryLogger, Akka.Hosting"]
          log-dead-letters = off
          log-dead-letters-during-shutdown = off
          coordinated-shutdown.run-by-clr-shutdown-hook = off
          remote {
            untrusted-mode = on
            trusted-selection-paths = ["{{NodeProtocol.Service}}"]
          }
        }
        """);

    /// <summary>Starts to listen. The service must be ready to answer.</summary>
    /// <param name="at">Where agents reach this process.</param>
    /// <param name="identity">What agents are shown, and the authority their certificates must be of.</param>
    public static ActorSystem Start(IPEndPoint at, RemoteIdentity identity, IActorRef service, AgentTickets tickets, TimeProvider time, LoggerFactorySetup loggers)
    {
        var config = Config
            .WithFallback(ProtocolConfig.Config)
            .WithFallback(RemoteTls.Config)
            .WithFallback(RemoteSettings.Listen(at.Address.ToString(), at.Port))
            .WithFallback(RemoteSettings.Config);
        var setup = BootstrapSetup.Create().WithConfig(config).And(RemoteTls.Setup(identity, ProcessRole.Node, time)).And(loggers);
        var system = ActorSystem.Create(RemoteSettings.SystemName, setup);
        system.ActorOf(AgentGateActor.Props(service, tickets, identity.Authority, time), NodeProtocol.Service["/user/".Length..]);
        return system;
    }
}
