using Akka.Configuration;
using Shared.Hosting;
using Shared.Serialization;

namespace NodeActor.Hosting;

/// <summary>The settings of a node process' actor system: remoting and no membership.</summary>
internal static class NodeConfiguration
{
    private static readonly Config Own = ConfigurationFactory.ParseString(
        """
        akka {
          loglevel = INFO
          stdout-loglevel = WARNING
          log-dead-letters = off
          log-dead-letters-during-shutdown = off
          actor.provider = remote
        }
        """);

    /// <param name="address">Where this process listens; the port is any free one, nobody calls a node first.</param>
    public static Config Create(string address) => Own
        .WithFallback(ProtocolConfig.Config)
        .WithFallback(RemoteTls.Config)
        .WithFallback(HandshakeGuard.Config)
        .WithFallback(RemoteSettings.Listen(address, 0))
        .WithFallback(RemoteSettings.Config);
}
