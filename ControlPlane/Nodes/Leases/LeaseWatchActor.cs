using Akka.Actor;
using ControlPlane.Entities;
using ControlPlane.Objects;

namespace ControlPlane.Nodes.Leases;

/// <summary>
/// Wakes the actors of Nodes that ended here: after a failed write, or because the Node moved to another process. A node that has died sends nothing that
/// would wake its actor, and nobody else would judge it.
/// </summary>
internal sealed class LeaseWatchActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan Check = NodeLeases.Absence / 2;

    public LeaseWatchActor(ObjectServices services, NodeLeases leases)
    {
        Receive<CheckDue>(_ =>
        {
            foreach (var node in leases.Left())
            {
                if (services.Cache.Get(NodeView.KeyOf(node)) is { } found) services.Objects.Tell(new Reconcile(found.Key, found.Revision), ActorRefs.NoSender);
            }
        });
    }

    public static Props Props(ObjectServices services, NodeLeases leases) => Akka.Actor.Props.Create(() => new LeaseWatchActor(services, leases));

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() => Timers.StartPeriodicTimer(CheckDue.Instance, CheckDue.Instance, Check);

    /// <summary>To itself; a test sends it too.</summary>
    internal sealed class CheckDue
    {
        public static readonly CheckDue Instance = new();
    }
}
