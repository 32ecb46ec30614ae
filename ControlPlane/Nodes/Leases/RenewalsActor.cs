using Akka.Actor;
using ControlPlane.Entities;
using Shared.Protocol;

namespace ControlPlane.Nodes.Leases;

/// <summary>
/// Takes renewals to the actor of their Node, wherever it lives, and its answers back. The asker is an actor of the agents' own system, which other control
/// planes do not know: so it stays here. Bounded by the number of nodes.
/// </summary>
internal sealed class RenewalsActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan Sweep = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, IActorRef> _askers = new(StringComparer.Ordinal);

    public RenewalsActor(ObjectServices services)
    {
        Receive<RenewLease>(request =>
        {
            _askers[request.Node.Value] = Sender;
            services.Objects.Tell(request, Self);
        });
        Receive<NodeAnswer>(answer =>
        {
            if (_askers.TryGetValue(answer.Node.Value, out var asker)) asker.Tell(answer);
        });
        Receive<SweepDue>(_ =>
        {
            foreach (var gone in _askers.Keys.Where(node => services.Cache.Get(NodeView.KeyOf(node)) is null).ToArray()) _askers.Remove(gone);
        });
    }

    public static Props Props(ObjectServices services) => Akka.Actor.Props.Create(() => new RenewalsActor(services));

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() => Timers.StartPeriodicTimer(SweepDue.Instance, SweepDue.Instance, Sweep);

    private sealed class SweepDue
    {
        public static readonly SweepDue Instance = new();
    }
}
