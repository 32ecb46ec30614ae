using Akka.Actor;
using Akka.Cluster.Tools.Client;
using Akka.Cluster.Tools.PublishSubscribe;
using Akka.Configuration;
using ControlPlane.Objects;
using Shared.Protocol;

namespace ControlPlane.Nodes;

/// <summary>Starts the agents' side of a control plane.</summary>
public static class NodeService
{
    /// <summary>What <see cref="Start"/> needs: the receptionist, and quick notice of agents that went away.</summary>
    public static Config Config { get; } = ConfigurationFactory.ParseString(
        """
        akka.cluster.client {
          use-legacy-serialization = off
          receptionist {
            heartbeat-interval = 1s
            acceptable-heartbeat-pause = 4s
          }
        }
        """).WithFallback(ClusterClientReceptionist.DefaultConfig()).WithFallback(DistributedPubSub.DefaultConfig());

    /// <summary>
    /// Starts the service at <see cref="NodeProtocol.Service"/> and opens it to agents. Call it when the watch cache has been loaded and the shard region
    /// of objects runs.
    /// </summary>
    public static IActorRef Start(ActorSystem system, ObjectServices services, NodeOptions options, IEndpointDrain drain)
    {
        var service = system.ActorOf(NodeServiceActor.Props(services, options, drain), NodeProtocol.Service["/user/".Length..]);
        ClusterClientReceptionist.Get(system).RegisterService(service);
        return service;
    }
}
