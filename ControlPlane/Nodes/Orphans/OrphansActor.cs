using Akka.Actor;
using ControlPlane.Entities;
using ControlPlane.Nodes.Leases;
using ControlPlane.Nodes.Registration;
using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Nodes.Orphans;

/// <summary>
/// Removes what is left of nodes that are gone: their pods, and then their pod ranges. Every control plane does so; a deletion names the uid it means, so
/// twice is once.
/// </summary>
internal sealed class OrphansActor : ReceiveActor, IWithTimers
{
    private static readonly Requester By = Requester.Controller("node-controller");
    private static readonly GroupResource Pods = new("", "pods");
    private static readonly TimeSpan Check = TimeSpan.FromSeconds(2);

    private readonly ObjectServices _services;
    private readonly NodeOptions _options;
    private readonly NodeLeases _leases;
    private MissingNodes _missing = MissingNodes.None;

    public OrphansActor(ObjectServices services, NodeOptions options, NodeLeases leases)
    {
        (_services, _options, _leases) = (services, options, leases);
        Receive<CheckDue>(_ => Collect());
    }

    public static Props Props(ObjectServices services, NodeOptions options, NodeLeases leases) =>
        Akka.Actor.Props.Create(() => new OrphansActor(services, options, leases));

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() => Timers.StartPeriodicTimer(CheckDue.Instance, CheckDue.Instance, Check);

    private void Collect()
    {
        var pods = _services.Cache.List(Pods).Objects;
        var claims = _services.Cache.List(PodRangeClaim.Resource).Objects.Select(claim => claim.Project(PodRangeClaim.Read)).Where(claim => claim.Node.Length > 0).ToArray();
        foreach (var spare in claims.Where(claim => Node(claim.Node)?.Project(NodeView.Of).PodCidr is { Length: > 0 } has && has != claim.Range))
        {
            // Two control planes registered the node at the same time; the Node has the range of one of them.
            Release(spare);
        }
        _missing = _missing.Look(pods.Select(pod => pod.Header.NodeName).Concat(claims.Select(claim => claim.Node)), node => Node(node) is not null, _leases.Now);
        if (_missing.Since.IsEmpty) return;
        foreach (var pod in pods.Where(pod => IsGone(pod.Header.NodeName))) _services.Objects.Tell(NodeReconciler.Delete(pod, 0), ActorRefs.NoSender);

        // A range is free again once its node and every pod with an address in it are gone.
        foreach (var claim in claims.Where(claim => IsGone(claim.Node) && _services.Cache.PodsOn(claim.Node).Count == 0)) Release(claim);
    }

    private StoredObject? Node(string name) => _services.Cache.Get(NodeView.KeyOf(name));

    private bool IsGone(string node) => _missing.IsGone(node, _leases.Now, _leases.AwakeSince, _options.OrphanDelay);

    private void Release(PodRangeClaim claim) =>
        _services.Objects.Tell(new DeleteObject(claim.Key, 0, Propagation.Background, By) { Preconditions = new(claim.Uid) }, ActorRefs.NoSender);

    /// <summary>To itself; a test sends it too.</summary>
    internal sealed class CheckDue
    {
        public static readonly CheckDue Instance = new();
    }
}
