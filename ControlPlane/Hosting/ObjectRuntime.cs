using System.Collections.Frozen;
using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Sharding;
using Akka.Hosting.Logging;
using ControlPlane.Access;
using ControlPlane.Access.Pki;
using ControlPlane.Access.ServiceAccounts;
using ControlPlane.Catalogue;
using ControlPlane.CustomResources;
using ControlPlane.Encryption;
using ControlPlane.Entities;
using ControlPlane.Journal;
using ControlPlane.Membership;
using ControlPlane.Networking;
using ControlPlane.Networking.Endpoints;
using ControlPlane.Nodes;
using ControlPlane.Nodes.Agents;
using ControlPlane.Nodes.Leases;
using ControlPlane.Objects;
using ControlPlane.Telemetry.Events;
using ControlPlane.Telemetry.Usage;
using Shared.Hosting;

namespace ControlPlane.Hosting;

/// <summary>
/// The actors of one control plane process: loads the journal, joins the cluster, starts the objects and what follows them. Ordered start and stop
/// in one place.
/// </summary>
public sealed partial class ObjectRuntime(
    ActorSystem system, ControlPlaneOptions options, ObjectServices services, IServiceProvider provider, TimeProvider time, ILoggerFactory loggers)
{
    private static readonly TimeSpan LoadTimeout = TimeSpan.FromMinutes(5);
    private readonly ILogger _logger = loggers.CreateLogger<ObjectRuntime>();
    private readonly ClusterEntry _entry = new(system, options, time, loggers.CreateLogger<ClusterEntry>());
    private readonly HandshakeGuard _guard = HandshakeGuard.Install(system);
    private ActorSystem? _agents;
    private ReconcileDispatcher? _dispatcher;
    private CustomKinds? _customKinds;

    /// <summary>Starts everything; completes when commands are answered.</summary>
    public async Task Start(Action<string?> waitingFor)
    {
        // A member that was given up ends, and so its process starts anew.
        Cluster.Get(system).RegisterOnMemberRemoved(_guard.Dispose);
        waitingFor("the journal to be read");
        await JournalConfiguration.Load(system, LoadTimeout);
        await SharedIdentity.Verify(JournalReader.Get(system).Store, provider.GetRequiredService<ClusterPki>(), KeyRing.Get(system));
        JournalConfiguration.Start(system, time);
        system.ActorOf(KeyHolderActor.Props(), KeyHolderActor.Name);
        _customKinds = new(services.Cache, provider.GetRequiredService<KindCatalogue>(), time, fault => LogFault(_logger, fault, "Definitions of custom resources"));
        var member = _entry.Enter(waitingFor);
        var (objects, network) = (provider.GetRequiredService<ObjectClient>(), provider.GetRequiredService<ServiceNetworkOptions>());
        var behaving = BuiltInKinds.All.Where(kind => kind.Behaviour is not null).ToArray();
        var hosted = provider.GetRequiredService<HostedShards>();
        var actors = new ObjectActors(services, behaving.ToFrozenDictionary(kind => kind.GroupResource, kind => kind.Behaviour!.Actor(provider)), hosted);
        services.Admission = AdmissionSteps.Create(services, objects, JournalReader.Get(system), network, provider.GetRequiredService<IAuthorizer>(), loggers);
        services.Guests = system.ActorOf(GuestsActor.Props(actors.Props), GuestsActor.Name);
        var (sharding, settings) = (ClusterSharding.Get(system), ClusterShardingSettings.Create(system));
        services.Objects = await sharding.StartAsync(
            "objects", actors.Props, settings, new ObjectMessageExtractor(), sharding.DefaultShardAllocationStrategy(settings), LeaveMemory.Instance);
        system.ActorOf(MemberPulseActor.Props(provider.GetRequiredService<MemberBook>(), hosted, services.Objects, time), MemberPulseActor.Name);
        var reconciled = behaving.Where(kind => kind.Behaviour!.Reconciles).Select(kind => kind.GroupResource).ToHashSet();
        IWakeRule[] rules = [new OwnershipWakeRule(services.Kinds, reconciled), .. behaving.SelectMany(kind => kind.Behaviour!.WakeRules)];
        services.Schedule = _dispatcher = new(new(
            services.Cache, services.Objects, rules, reconciled, hosted, JournalReader.Get(system).HeadRevision, time, (what, fault) => LogFault(_logger, fault, what)));
        system.ActorOf(AuthorityWatchActor.Props(provider.GetRequiredService<ClusterPki>().Trusted, services.Cache, services.Objects), "authority");
        system.ActorOf(EventWriterActor.Props(EventRecorder.Get(system), services.Cache, services.Objects, time), "events");
        await member;
        Singletons.Start(system, services, objects, network, time);
        waitingFor("the first objects");
        await FirstObjects.Ensure(services, objects);
        _agents = StartAgents();
        waitingFor(null);
    }

    /// <summary>Stops what <see cref="Start"/> started, in the reverse order. Called once.</summary>
    public async Task Stop()
    {
        _guard.Dispose();
        if (_agents is not null) await _agents.Terminate();
        if (_dispatcher is not null) await _dispatcher.DisposeAsync();
        if (_customKinds is not null) await _customKinds.DisposeAsync();
        await CoordinatedShutdown.Get(system).Run(CoordinatedShutdown.ClrExitReason.Instance);
        await _entry.DisposeAsync();
    }

    private ActorSystem StartAgents()
    {
        var pki = provider.GetRequiredService<ClusterPki>();
        var tickets = new AgentTickets(pki.AgentKey, time);
        var parts = new NodeServiceParts(provider.GetRequiredService<NodeOptions>(), provider.GetRequiredService<NodeLeases>(), tickets, new EndpointDrain(), provider.GetRequiredService<MemberBook>(), provider.GetRequiredService<UsageTable>(), provider.GetRequiredService<TokenIssuer>());
        var service = NodeService.Start(system, services, parts);
        return AgentListener.Start(
            new(options.AdvertiseAddress, options.AgentPort), new(pki.Server.Certificate, pki.Trusted), service, tickets, time, new LoggerFactorySetup(loggers));
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{What} failed on a committed change; what it missed is found within minutes")]
    private static partial void LogFault(ILogger logger, Exception fault, string what);
}
