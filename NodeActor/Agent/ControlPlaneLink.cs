using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Akka.Remote;
using Shared.Protocol;
using RemoteSettings = Shared.Hosting.RemoteSettings;

namespace NodeActor.Agent;

/// <summary>
/// The one way from this process to the control plane, shared by all its nodes: sends their requests to one control plane and hands each answer to the agent of the
/// node it names. When its connection breaks, or nothing answers any more, it turns to the next control plane, and lets only signs of life through until one answers: every other
/// request is repeated by who sent it. A renewal is answered by the actor of the Node, which may have to move first; so where one waits, the link asks the control plane itself
/// whether it is there, and uses it for all else meanwhile.
/// </summary>
public sealed class ControlPlaneLink : ReceiveActor, IWithTimers
{
    /// <summary>A control plane may say nothing for this long.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>One that says that it is there may leave signs of life unanswered for this long: it may be cut off from the Nodes' actors. Short against a lease.</summary>
    public static readonly TimeSpan LeasePatience = TimeSpan.FromSeconds(3);

    /// <summary>Signs of life that are let through between two checks while nobody answers: thousands of simulated nodes must not bury who comes back.</summary>
    public const int ProbesAtOnce = 8;

    /// <summary>Whose challenges are the link's own: an agent's attempts have other names.</summary>
    internal const string OwnInstance = "link";

    private static readonly TimeSpan CheckEvery = TimeSpan.FromMilliseconds(250);

    private readonly ImmutableArray<ActorSelection> _contacts;
    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly Dictionary<string, IActorRef> _agents = new(StringComparer.Ordinal);
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private int _contact;
    private TimeSpan? _askedSince;
    private TimeSpan? _signSince;
    private TimeSpan _contactSince;
    private bool _silent = true;
    private int _probes;

    public ControlPlaneLink(ImmutableArray<string> contacts, TimeProvider time)
    {
        (_time, _start) = (time, time.GetTimestamp());
        _contacts = [.. contacts.Select(contact => Context.ActorSelection(contact))];
        Receive<NodeRequest>(request => Send(request, request));
        Receive<TicketedRequest>(carried => Send(carried.Request, carried));
        Receive<NodeAnswer>(Deliver);
        Receive<CheckDue>(_ => Check());
        Receive<DisassociatedEvent>(broken => Broken(broken.RemoteAddress));
        Receive<AssociationErrorEvent>(broken => Broken(broken.RemoteAddress));
    }

    /// <param name="seeds"><c>host:port</c> of control planes, where they hear agents. All of them: none tells of others.</param>
    public static Props Props(IEnumerable<string> seeds, TimeProvider time) =>
        PropsTo([.. seeds.Select(seed => RemoteSettings.AddressOf(seed) + NodeProtocol.Service)], time);

    /// <param name="contacts">Actor paths of node services.</param>
    internal static Props PropsTo(ImmutableArray<string> contacts, TimeProvider time) => Akka.Actor.Props.Create(() => new ControlPlaneLink(contacts, time));

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    private TimeSpan Now => _time.GetElapsedTime(_start);

    protected override void PreStart()
    {
        Context.System.EventStream.Subscribe<DisassociatedEvent>(Self);
        Context.System.EventStream.Subscribe<AssociationErrorEvent>(Self);
        Timers.StartPeriodicTimer(CheckDue.Instance, CheckDue.Instance, CheckEvery);
    }

    protected override void PostStop() => Context.System.EventStream.Unsubscribe(Self);

    private void Send(NodeRequest request, INodeMessage message)
    {
        _agents[request.Node.Value] = Sender;
        var sign = request is AskChallenge or RegisterNode or RenewLease;
        if (_silent && (!sign || _probes >= ProbesAtOnce)) return;
        if (_silent) _probes++;
        if (sign) (_askedSince, _signSince) = (_askedSince ?? Now, _signSince ?? Now);
        _contacts[_contact].Tell(message, Self);
    }

    private void Deliver(NodeAnswer answer)
    {
        var found = _silent;
        (_silent, _askedSince) = (false, null);
        if (answer is not NodeChallenge { Instance: OwnInstance })
        {
            _signSince = null;
            if (_agents.TryGetValue(answer.Node.Value, out var agent)) agent.Tell(answer);
        }
        if (!found) return;
        _log.Info("A control plane answers.");
        foreach (var each in _agents.Values) each.Tell(ControlPlaneFound.Instance);
    }

    private void Check()
    {
        _probes = 0;
        if (Waited(_askedSince) >= Patience)
        {
            if (!_silent) _log.Warning("No control plane has answered for {0:0.0} s; looking for another.", Waited(_askedSince).TotalSeconds);
            Turn();
        }
        else if (Waited(_signSince) >= LeasePatience)
        {
            if (!_silent) _log.Warning("A control plane is there, but has left signs of life unanswered for {0:0.0} s; looking for another.", Waited(_signSince).TotalSeconds);
            Turn();
        }
        else if (_askedSince is not null) Probe();
    }

    /// <summary>How long an answer has been waited for, by the control plane that is asked now.</summary>
    private TimeSpan Waited(TimeSpan? since) => since is { } asked ? Now - (asked > _contactSince ? asked : _contactSince) : TimeSpan.Zero;

    private void Broken(Address address)
    {
        if (_contacts[_contact].Anchor.Path.Address != address || Now - _contactSince < CheckEvery) return;
        if (!_silent) _log.Warning("The connection to {0} is broken; looking for another control plane.", address);
        Turn();
    }

    private void Turn()
    {
        _silent = true;
        _contact = (_contact + 1) % _contacts.Length;
        _contactSince = Now;
        Probe();
    }

    // A challenge costs a control plane nothing, and any node may ask for one.
    private void Probe()
    {
        if (_agents.Count == 0) return;
        _askedSince ??= Now;
        _contacts[_contact].Tell(new AskChallenge(new(_agents.Keys.First()), OwnInstance), Self);
    }

    /// <summary>To every agent: after a silence a control plane answers, maybe another one. What was asked before is not answered any more.</summary>
    public sealed class ControlPlaneFound
    {
        public static readonly ControlPlaneFound Instance = new();
    }

    /// <summary>To itself; a test sends it too.</summary>
    internal sealed class CheckDue
    {
        public static readonly CheckDue Instance = new();
    }
}
