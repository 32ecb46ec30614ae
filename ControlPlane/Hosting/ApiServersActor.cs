using System.Collections.Immutable;
using System.Globalization;
using Akka.Actor;
using Akka.Cluster;
using Akka.Event;
using ControlPlane.Entities;
using ControlPlane.Networking;
using ControlPlane.Networking.Services;
using ControlPlane.Objects;

namespace ControlPlane.Hosting;

/// <summary>
/// Keeps the <c>kubernetes</c> Service and its endpoints in step with the members: their gateways are where they are. Runs once in the cluster. Members tell the port
/// of their gateway as a role; those that have another one than most are left out, since one list of endpoints has one port.
/// </summary>
public sealed class ApiServersActor : ReceiveActor, IWithTimers
{
    private const string RolePrefix = "gateway-";
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(10);
    private readonly Cluster _cluster = Cluster.Get(Context.System);
    private readonly ObjectServices _services;
    private readonly ObjectClient _objects;
    private readonly ServiceNetworkOptions _network;
    private readonly ILoggingAdapter _log = Context.GetLogger();

    /// <summary>Those that are up, by what was told: the extension's own view may be older than the event that is being handled.</summary>
    private readonly Dictionary<UniqueAddress, Member> _members = [];
    private bool _busy;
    private bool _again;

    public ApiServersActor(ObjectServices services, ObjectClient objects, ServiceNetworkOptions network)
    {
        (_services, _objects, _network) = (services, objects, network);
        Receive<ClusterEvent.MemberUp>(up =>
        {
            _members[up.Member.UniqueAddress] = up.Member;
            Look();
        });
        Receive<ClusterEvent.MemberRemoved>(removed =>
        {
            _members.Remove(removed.Member.UniqueAddress);
            Look();
        });
        Receive<LookDue>(_ => Look());
        Receive<Done>(done =>
        {
            _busy = false;
            if (_again || done.Changed) Look();
        });
        Receive<Status.Failure>(failure =>
        {
            _busy = false;
            _log.Warning(failure.Cause, "The Service of the API could not be kept in step with the members; the next attempt is in {0}.", LookEvery);
        });
    }

    /// <param name="network">Where the Service's address comes from.</param>
    public static Props Props(ObjectServices services, ObjectClient objects, ServiceNetworkOptions network) =>
        Akka.Actor.Props.Create(() => new ApiServersActor(services, objects, network));

    /// <summary>How a member tells where its gateway listens.</summary>
    public static string RoleOf(int port) => RolePrefix + port.ToString(CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        _cluster.Subscribe(Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents, typeof(ClusterEvent.MemberUp), typeof(ClusterEvent.MemberRemoved));
        Timers.StartPeriodicTimer(LookDue.Instance, LookDue.Instance, TimeSpan.Zero, LookEvery);
    }

    protected override void PostStop() => _cluster.Unsubscribe(Self);

    private void Look()
    {
        _again = _busy;
        if (_busy) return;
        var gateways = _members.Values.Select(Gateway).OfType<(string Host, int Port)>()
            .GroupBy(gateway => gateway.Port).MaxBy(group => (group.Count(), group.Key));
        if (gateways is null) return;
        var commands = ApiServerService.Commands(_services.Cache, [.. gateways.Select(gateway => gateway.Host)], gateways.Key, _network, _services.Time.GetUtcNow());
        if (commands.IsEmpty) return;
        _busy = true;
        Carry(commands).PipeTo(Self);
    }

    private async Task<Done> Carry(ImmutableArray<ObjectCommand> commands)
    {
        foreach (var command in commands)
        {
            // A namespace that is not there yet, or somebody who was faster: the next look sees.
            if (await _objects.Send(command) is ObjectRejected { Status.Code: not (404 or 409) } rejected) throw new InvalidOperationException(rejected.Status.Message);
        }
        return new(Changed: true);
    }

    private static (string Host, int Port)? Gateway(Member member)
    {
        var role = member.Roles.FirstOrDefault(role => role.StartsWith(RolePrefix, StringComparison.Ordinal));
        return role is not null && int.TryParse(role.AsSpan(RolePrefix.Length), CultureInfo.InvariantCulture, out var port) ? (member.Address.Host, port) : null;
    }

    private sealed record Done(bool Changed);

    private sealed class LookDue
    {
        public static readonly LookDue Instance = new();
    }
}
