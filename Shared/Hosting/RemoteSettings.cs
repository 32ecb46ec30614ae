using Akka.Configuration;

namespace Shared.Hosting;

/// <summary>What every process that talks to others has in common: what both ends must agree on, how fast a lost connection is made again, how fine time is.</summary>
public static class RemoteSettings
{
    /// <summary>The name of the actor system in every process: part of each actor's address.</summary>
    public const string SystemName = "actors";

    /// <summary>A frame holds one object of the largest size the gateway takes (1.5 MiB stored) with room; a larger one is lost with an error in the log.</summary>
    public static Config Config { get; } = ConfigurationFactory.ParseString(
        """
        # Nothing is timed more finely, and a hundred wake-ups a second are what an idle process would spend its time on.
        akka.scheduler.tick-duration = 50ms
        akka.remote {
          log-remote-lifecycle-events = off
          retry-gate-closed-for = 500ms
          dot-netty.tcp {
            maximum-frame-size = 4MiB
            send-buffer-size = 4MiB
            receive-buffer-size = 4MiB
            connection-timeout = 5s
          }
        }
        """);

    /// <summary>The address of a process' actor system, as others reach it.</summary>
    /// <param name="hostAndPort"><c>host:port</c>.</param>
    /// <param name="tls">Whether <see cref="RemoteTls"/> is on.</param>
    public static string AddressOf(string hostAndPort, bool tls = true) => $"akka.{(tls ? "ssl." : "")}tcp://{SystemName}@{hostAndPort}";

    /// <summary>Where this process listens and how others reach it.</summary>
    public static Config Listen(string address, int port) =>
        ConfigurationFactory.ParseString($"akka.remote.dot-netty.tcp {{ hostname = \"{address}\", public-hostname = \"{address}\", port = {port} }}");
}
