using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster.Tools.Client;
using Akka.Event;
using Shared.Hosting;
using Shared.Protocol;

namespace NodeActor.Agent;

/// <summary>
/// The one way from this process to the control plane, shared by all its nodes: sends their requests through a ClusterClient and hands each answer to the
/// agent of the node it names. When nothing answers any more it looks for another control plane at once, and lets only signs of life through until
/// one answers: every other request is repeated by who sent it.
/// </summary>
public sealed class ControlPlaneLink : ReceiveActor, IWithTimers
{
    /// <summary>A request may take this long before the silence counts.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(1500);
    private static readonly TimeSpan CheckEvery = TimeSpan.FromMilliseconds(250);
    private const int ProbesAtOnce = 8;

    private readonly ClusterClientSettings _settings;
    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly Dictionary<string, IActorRef> _agents = new(StringComparer.Ordinal);
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private IActorRef _client = ActorRefs.Nobody;
    private TimeSpan? _askedSince;
    private TimeSpan _clientSince;
    private bool _silent = true;
    private int _probes;

    public ControlPlaneLink(ImmutableHashSet<ActorPath> contacts, TimeProvider time)
    {
        (_time, _start) = (time, time.GetTimestamp());
        _settings = ClusterClientSettings.Create(Context.System).WithInitialContacts(contacts);
        Receive<NodeRequest>(Send);
        Receive<NodeAnswer>(Deliver);
        Receive<CheckDue>(_ => Check());
    }

    /// <param name="seeds"><c>host:port</c> of control planes.</param>
    public static Props Props(IEnumerable<string> seeds, bool tls, TimeProvider time)
    {
        var contacts = seeds.Select(seed => ActorPath.Parse($"{RemoteSettings.AddressOf(seed, tls)}/system/receptionist")).ToImmutableHashSet();
        return Akka.Actor.Props.Create(() => new ControlPlaneLink(contacts, time));
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    private TimeSpan Now => _time.GetElapsedTime(_start);

    protected override void PreStart()
    {
        Connect();
        Timers.StartPeriodicTimer(CheckDue.Instance, CheckDue.Instance, CheckEvery);
    }

    private void Send(NodeRequest request)
    {
        _agents[request.Node.Value] = Sender;
        var sign = request is RegisterNode or RenewLease;
        if (_silent && (!sign || _probes >= ProbesAtOnce)) return;
        if (_silent) _probes++;
        if (sign) _askedSince ??= Now;
        _client.Tell(new ClusterClient.Send(NodeProtocol.Service, request, localAffinity: true));
    }

    private void Deliver(NodeAnswer answer)
    {
        if (_silent) _log.Info("A control plane answers.");
        (_silent, _askedSince) = (false, null);
        if (_agents.TryGetValue(answer.Node.Value, out var agent)) agent.Tell(answer);
    }

    private void Check()
    {
        _probes = 0;
        if (_askedSince is not { } asked || Now - asked < Patience || Now - _clientSince < Patience) return;
        if (!_silent) _log.Warning("No control plane has answered for {0:0.0} s; looking for another.", (Now - asked).TotalSeconds);
        _silent = true;
        Connect();
    }

    private void Connect()
    {
        Context.Stop(_client);
        _client = Context.ActorOf(ClusterClient.Props(_settings));
        _clientSince = Now;
    }

    private sealed class CheckDue
    {
        public static readonly CheckDue Instance = new();
    }
}
