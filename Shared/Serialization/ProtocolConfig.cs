using Akka.Configuration;

namespace Shared.Serialization;

/// <summary>
/// Binds the messages of this system to their serializers and takes away Akka's means of making arbitrary types from what a peer sends.
/// Both processes load it before anything else.
/// </summary>
/// <remarks>
/// What remains to a peer that holds a certificate of the cluster: Akka's own protocols (system messages, gossip, sharding, pub-sub, failure
/// replies, which name an exception's type). They are closed sets of protobuf messages, but for <c>Status.Failure</c> and for remote deployment;
/// the second is not used here, and only reaches actor classes with known constructors. So: a certificate is trusted with being
/// a member of the cluster; <see cref="Hosting.RemoteTls"/> keeps everyone else out.
/// </remarks>
public static class ProtocolConfig
{
    public static Config Config { get; } = ConfigurationFactory.ParseString(
        """
        akka.actor {
          serializers {
            json = "Shared.Serialization.RefusingSerializer, Shared"
            node-messages = "Shared.Serialization.NodeMessageSerializer, Shared"
          }
          serialization-bindings {
            "Shared.Protocol.INodeMessage, Shared" = node-messages
          }
          serialization-identifiers {
            "Shared.Serialization.RefusingSerializer, Shared" = 1
            "Shared.Serialization.NodeMessageSerializer, Shared" = 110
          }
        }
        """);
}
