using Akka.Actor;
using Akka.Configuration;

namespace Shared.Hosting;

/// <summary>
/// Akka.Remote ends an actor system whose TLS handshake fails as a client (since 1.5.51), taking its own certificate for wrong. Here the peer may just have been killed in
/// the middle of it, or be too slow, and is tried again; so that shutdown stands still at its first phase until there is another reason for one.
/// </summary>
public sealed class HandshakeGuard : IDisposable
{
    /// <summary>Goes with <see cref="Install"/>: how long the first phase may stand still.</summary>
    public static Config Config { get; } = ConfigurationFactory.ParseString($"akka.coordinated-shutdown.phases.{CoordinatedShutdown.PhaseBeforeServiceUnbind}.timeout = 300d");

    // The type is internal to Akka.Remote.
    private const string Reason = "TlsHandshakeFailureReason";

    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private HandshakeGuard()
    {
    }

    /// <summary>Guards an actor system, until the result is disposed: that has to be before it is shut down for whatever reason.</summary>
    public static HandshakeGuard Install(ActorSystem system)
    {
        var guard = new HandshakeGuard();
        var shutdown = CoordinatedShutdown.Get(system);
        shutdown.AddTask(CoordinatedShutdown.PhaseBeforeServiceUnbind, "outlive-handshakes", async () =>
        {
            if (shutdown.ShutdownReason?.GetType().Name == Reason) await guard._released.Task;
            return Akka.Done.Instance;
        });
        return guard;
    }

    /// <summary>Lets a shutdown go on. May be called more than once.</summary>
    public void Dispose() => _released.TrySetResult();
}
