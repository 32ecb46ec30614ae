using Akka.Actor;
using ControlPlane.Entities;
using Shared.Api;
using Shared.Protocol;

namespace ControlPlane.Nodes.Leases;

/// <summary>
/// Takes renewals to the actor of their Node, wherever it lives, and its answers back. The asker is an actor of the agents' own system, which other control
/// planes do not know: so it stays here. Bounded by the number of nodes.
/// </summary>
internal sealed class RenewalsActor : ReceiveActor, IWithTimers
{
    private static readonly GroupResource Nodes = new("", "nodes");
    private static readonly TimeSpan Sweep = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, IActorRef> _askers = new(StringComparer.Ordinal);

    public RenewalsActor(ObjectServices services, IActorRef news)
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
            var nodes = services.Cache.List(Nodes).Objects.Select(node => node.Key.Name).ToHashSet(StringComparer.Ordinal);
            foreach (var gone in _askers.Keys.Where(node => !nodes.Contains(node)).ToArray()) _askers.Remove(gone);
            news.Tell(new NewsActor.NodesLeft(nodes));
        });
    }

    /// <param name="news">Is told now and then which nodes there are.</param>
    public static Props Props(ObjectServices services, IActorRef news) => Akka.Actor.Props.Create(() => new RenewalsActor(services, news));

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() => Timers.StartPeriodicTimer(SweepDue.Instance, SweepDue.Instance, Sweep);

    private sealed class SweepDue
    {
        public static readonly SweepDue Instance = new();
    }
}
