using Akka.Actor;
using ControlPlane.Entities;
using Shared.Protocol;

namespace ControlPlane.Nodes;

/// <summary>Starts the agents' side of a control plane.</summary>
public static class NodeService
{
    /// <summary>
    /// Starts the service. Call it when the watch cache has been loaded and the shard region of objects runs; agents reach it through
    /// <see cref="Agents.AgentListener"/>.
    /// </summary>
    public static IActorRef Start(ActorSystem system, ObjectServices services, NodeServiceParts parts) =>
        system.ActorOf(NodeServiceActor.Props(services, parts), NodeProtocol.Service["/user/".Length..]);
}
