using System.Globalization;
using System.Net;
using Akka.Actor;
using NodeActor.Agent;
using NodeActor.Agent.Health;
using NodeActor.Networking;
using NodeActor.Pods;
using NodeActor.Runtime.Containerd;
using NodeActor.Hollow;
using NodeActor.Streaming;
using NodeActor.Volumes;
using Shared.Api;
using Shared.Hosting;

namespace NodeActor.Hosting;

/// <summary>The nodes of one process and the actor system they live in. Used by the process and by tests, which may run several at once.</summary>
public sealed class NodeHost : IAsyncDisposable
{
    private readonly IDisposable _folder;
    private readonly HandshakeGuard _guard;
    private readonly ContainerdRuntime? _runtime;
    private readonly StreamingServer? _streaming;

    private NodeHost(IDisposable folder, ActorSystem system, ContainerdRuntime? runtime, StreamingServer? streaming) =>
        (_folder, System, _runtime, _streaming, _guard) = (folder, system, runtime, streaming, HandshakeGuard.Install(system));

    public ActorSystem System { get; }

    /// <summary>Completes when the actor system has ended.</summary>
    public Task Ended => System.WhenTerminated;

    /// <summary>Starts the nodes; they register by themselves as soon as a control plane answers.</summary>
    /// <exception cref="DataFolderTakenException">Another process works on the data folder.</exception>
    /// <exception cref="OperationCanceledException">Stopped before the container runtime answered.</exception>
    public static async Task<NodeHost> Start(NodeProcessOptions options, TimeProvider clock, CancellationToken stop)
    {
        // Two agents would tend the same containers, each by what it alone knows of them.
        var folder = DataFolderLock.Take(options.DataDirectory, "agent.lock",
            $"Another agent runs on {options.DataDirectory}. Each needs a data folder of its own: --data.");
        ContainerdRuntime? containerd = null;
        StreamingServer? streaming = null;
        try
        {
            var identity = RemoteIdentity.Load(options.AuthorityFile, options.CertificateFile);
            var setup = BootstrapSetup.Create().WithConfig(NodeConfiguration.Create(options.Address)).And(RemoteTls.Setup(identity, ProcessRole.Member, clock));
            containerd = options.Runtime == NodeRuntime.Containerd ? new ContainerdRuntime(new(options.ContainerdSocket, CgroupParent: options.CgroupParent), clock) : null;
            var pods = Pods(options);
            if (containerd is not null)
            {
                streaming = await StreamingServer.StartAsync(new(IPAddress.Parse(options.Address), options.StreamingPort, identity), containerd, pods, clock, stop);
            }
            var version = containerd is null ? "hollow://1.0" : await containerd.WaitUntilReady(stop);
            var system = ActorSystem.Create(RemoteSettings.SystemName, setup);
            var link = system.ActorOf(ControlPlaneLink.Props(options.Seeds, BootClock.System), "link");
            if (containerd is null) StartHollow(system, link, identity, options, clock, version);
            else StartReal(system, link, identity, options, pods, clock, containerd, version);
            return new(folder, system, containerd, streaming);
        }
        catch
        {
            if (streaming is not null) await streaming.DisposeAsync();
            containerd?.Dispose();
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Ends the agents. Pods keep running; the next start finds them.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_streaming is not null) await _streaming.DisposeAsync();
        _guard.Dispose();
        await System.Terminate();
        _runtime?.Dispose();
        _folder.Dispose();
    }

    private static PodNodeOptions Pods(NodeProcessOptions options) => new(new NodeName(options.Name))
    {
        PodsDirectory = Path.Combine(options.DataDirectory, "pods"),
        LogsDirectory = Path.Combine(options.DataDirectory, "logs"),
        VolatileDirectory = options.VolatileDirectory,
        Services = new(),
        VolumePlugins = [.. NodeVolumes.BuiltIn, new DirectoryVolumes(Path.Combine(options.DataDirectory, "volumes"))],
    };

    private static void StartReal(
        ActorSystem system, IActorRef link, RemoteIdentity identity, NodeProcessOptions options, PodNodeOptions pods, TimeProvider clock, ContainerdRuntime runtime, string version)
    {
        var agent = Agent(options, new NodeName(options.Name)) with { CheckpointFile = Path.Combine(options.DataDirectory, "lease.json") };
        var capacity = NodeCapacity.OfMachine(options.DataDirectory);
        var parts = new AgentParts(link, identity.Own, self => PodSupervisor.Props(self, runtime, pods, clock), new NftServiceProxy(new([])), BootClock.System,
            network => network.PodCidr.Length == 0
                ? Task.FromException(new InvalidOperationException("The cluster has no pod range left for this node."))
                : CniConfiguration.Write(options.CniConfigDirectory, options.NetworkName, network.PodCidr, CancellationToken.None),
            () => NodeFigures.Read(options.DataDirectory), MachineCounters.Read, pods.Services);
        system.ActorOf(AgentActor.Props(agent, NodeDescription.Create(agent, capacity, version), capacity, parts), "agent");
    }

    private static void StartHollow(ActorSystem system, IActorRef link, RemoteIdentity identity, NodeProcessOptions options, TimeProvider clock, string version)
    {
        for (var i = 1; i <= (options.Count ?? 1); i++)
        {
            var name = options.Count is null ? options.Name : string.Create(CultureInfo.InvariantCulture, $"{options.Name}-{i}");
            var agent = Agent(options, new NodeName(name));
            var addresses = new HollowAddresses();
            var parts = new AgentParts(link, identity.Own, self => HollowPodsActor.Props(self, addresses, clock), Proxy: null, BootClock.System, network =>
            {
                addresses.Use(network.PodCidr);
                return Task.CompletedTask;
            });
            system.ActorOf(AgentActor.Props(agent, NodeDescription.Create(agent, NodeCapacity.Hollow, version), NodeCapacity.Hollow, parts), $"agent-{name}");
        }
    }

    private static AgentOptions Agent(NodeProcessOptions options, NodeName name)
    {
        var agent = new AgentOptions(name) { Address = options.Address, StreamingPort = options.StreamingPort, Labels = options.Labels };
        return options.UsageEvery is { } every ? agent with { UsageEvery = every } : agent;
    }
}
