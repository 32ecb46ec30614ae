using System.Collections.Frozen;
using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Sharding;
using Akka.Hosting.Logging;
using ControlPlane.Access.Pki;
using ControlPlane.Entities;
using ControlPlane.Journal;
using ControlPlane.Networking;
using ControlPlane.Networking.Endpoints;
using ControlPlane.Nodes;
using ControlPlane.Nodes.Agents;
using ControlPlane.Nodes.Leases;
using ControlPlane.Objects;
using ControlPlane.Telemetry.Events;
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
    private ActorSystem? _agents;
    private ReconcileDispatcher? _dispatcher;

    /// <summary>Starts everything; completes when commands are answered.</summary>
    public async Task Start(Action<string?> waitingFor)
    {
        waitingFor("the journal to be read");
        await JournalConfiguration.Load(system, LoadTimeout);
        JournalConfiguration.Start(system, time);
        waitingFor("the cluster");
        var cluster = Cluster.Get(system);
        var up = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        cluster.RegisterOnMemberUp(() => up.TrySetResult());
        Join(cluster);
        var behaving = BuiltInKinds.All.Where(kind => kind.Behaviour is not null).ToArray();
        var actors = new ObjectActors(services, behaving.ToFrozenDictionary(kind => kind.GroupResource, kind => kind.Behaviour!.Actor(provider)));
        services.Admission = AdmissionSteps.Create(services, JournalReader.Get(system), provider.GetRequiredService<ServiceNetworkOptions>());
        var sharding = ClusterSharding.Get(system);
        services.Objects = await sharding.StartAsync("objects", actors.Props, ClusterShardingSettings.Create(system), new ObjectMessageExtractor());
        IWakeRule[] rules = [new OwnershipWakeRule(services.Kinds, actors.WithBehaviour), .. behaving.SelectMany(kind => kind.Behaviour!.WakeRules)];
        services.Schedule = _dispatcher = new(new(
            services.Cache, services.Objects, rules, actors.WithBehaviour, time, (what, fault) => LogFault(_logger, fault, what)));
        system.ActorOf(EventWriterActor.Props(EventRecorder.Get(system), services.Cache, services.Objects, time), "events");
        await up.Task;
        Singletons.Start(system, services, time);
        waitingFor("the first objects");
        await FirstObjects.Ensure(services, options, time);
        _agents = StartAgents();
        waitingFor(null);
        _dispatcher.MarkAll();
    }

    /// <summary>Stops what <see cref="Start"/> started, in the reverse order. Called once.</summary>
    public async Task Stop()
    {
        if (_agents is not null) await _agents.Terminate();
        if (_dispatcher is not null) await _dispatcher.DisposeAsync();
        await CoordinatedShutdown.Get(system).Run(CoordinatedShutdown.ClrExitReason.Instance);
    }

    private ActorSystem StartAgents()
    {
        var pki = provider.GetRequiredService<ClusterPki>();
        var tickets = new AgentTickets(pki.AgentKey, time);
        var parts = new NodeServiceParts(provider.GetRequiredService<NodeOptions>(), provider.GetRequiredService<NodeLeases>(), tickets, new EndpointDrain());
        var service = NodeService.Start(system, services, parts);
        return AgentListener.Start(
            new(options.AdvertiseAddress, options.AgentPort), new(pki.Server.Certificate, pki.Authority), service, tickets, time, new LoggerFactorySetup(loggers));
    }

    private void Join(Cluster cluster)
    {
        if (options.Seeds.IsEmpty) cluster.Join(cluster.SelfAddress);
        else cluster.JoinSeedNodes(options.Seeds.Select(seed => Address.Parse(RemoteSettings.AddressOf(seed))));
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{What} failed on a committed change; what it missed is found within minutes")]
    private static partial void LogFault(ILogger logger, Exception fault, string what);
}
