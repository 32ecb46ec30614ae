using System.Net;
using Akka.Actor;
using Shared.Api;
using Shared.Hosting;
using Shared.Protocol;
using Shared.Serialization;
using Xunit;

namespace Tests.Cluster.NodeLink;

/// <summary>What a process with a node's certificate can do to a whole control plane, over real remoting.</summary>
public sealed class AgentListenerTests : IClassFixture<HollowNodes>, IAsyncLifetime
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(2);
    private static readonly NodeName Mine = new("mine");
    private static readonly NodeName Other = new("other");
    private readonly HollowNodes _cluster;
    private readonly ActorSystem _system;
    private readonly RemoteIdentity _identity;

    public AgentListenerTests(HollowNodes cluster)
    {
        _cluster = cluster;
        _identity = new(cluster.Host.Pki.Node(Mine.Value, [IPAddress.Loopback]).Certificate, cluster.Host.Pki.Authority);
        _system = ActorSystem.Create(RemoteSettings.SystemName, BootstrapSetup.Create()
            .WithConfig(Akka.Configuration.ConfigurationFactory.ParseString("akka { loglevel = ERROR, stdout-loglevel = OFF, loggers = [] \n actor.provider = remote }")
                .WithFallback(RemoteTls.Config).WithFallback(RemoteSettings.Listen("127.0.0.1", 0)).WithFallback(RemoteSettings.Config).WithFallback(ProtocolConfig.Config))
            .And(RemoteTls.Setup(_identity, ProcessRole.Member, TimeProvider.System)));
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _system.Terminate();
        await _cluster.StopAll();
    }

    [Fact]
    public async Task Node_gets_what_is_its_own_and_nothing_of_another()
    {
        await _cluster.StartNodes(Other.Value);
        await _cluster.Until("the other node to be ready", "/api/v1/nodes/other", node => HollowNodes.Condition(node, "Ready") == "True");
        await _cluster.Send(HttpMethod.Post, "/api/v1/namespaces/default/secrets", """{ "metadata": { "name": "tls" }, "stringData": { "key": "x" } }""");
        await _cluster.Send(HttpMethod.Post, "/api/v1/namespaces/default/pods", HollowNodes.Pod("theirs", "other", """, "volumes": [{ "name": "v", "secret": { "secretName": "tls" } }]"""));
        var registered = await Register(Mine);

        var own = await Ask<NodeChanges>(new TicketedRequest(new PullChanges(Mine, registered.Epoch, 1, 0, "", false), registered.Ticket));
        Assert.Empty(own.Items);
        var epoch = long.Parse((string)(await _cluster.Get("/api/v1/nodes/other"))!["metadata"]!["annotations"]![NodeProtocol.EpochAnnotation]!);
        var pull = new PullChanges(Other, epoch, 1, 0, "", false);
        Assert.Equal(NodeProtocol.Untrusted, (await Ask<NodeRefused>(new TicketedRequest(pull, registered.Ticket))).Status.Reason);
        Assert.Equal(NodeProtocol.Untrusted, (await Ask<NodeRefused>(pull)).Status.Reason);
        Assert.Equal(NodeProtocol.Untrusted, (await Ask<NodeRefused>(await Signed(Other))).Status.Reason);

        // With a pod that uses it, and no other.
        await _cluster.Send(HttpMethod.Post, "/api/v1/namespaces/default/secrets", """{ "metadata": { "name": "not-used" }, "stringData": { "key": "x" } }""");
        await _cluster.Send(HttpMethod.Post, "/api/v1/namespaces/default/pods", HollowNodes.Pod("ours", "mine", """, "volumes": [{ "name": "v", "secret": { "secretName": "tls" } }]"""));
        var told = await Ask<NodeChanges>(new TicketedRequest(new PullChanges(Mine, registered.Epoch, 2, own.To, "", false), registered.Ticket));
        Assert.Equal(["configmaps/kube-root-ca.crt", "secrets/tls", "pods/ours"], told.Items.Select(item => $"{item.Key.Resource}/{item.Key.Name}"));
    }

    [Fact]
    public async Task Ticket_of_an_earlier_epoch_is_of_no_use()
    {
        var first = await Register(Mine, "a");
        var second = await Register(Mine, "b");
        Assert.True(second.Epoch > first.Epoch);
        var stale = await Ask<NodeRefused>(new TicketedRequest(new RenewLease(Mine, first.Epoch, 1, -1), first.Ticket));
        Assert.Equal(NodeProtocol.StaleEpoch, stale.Status.Reason);
        var forged = await Ask<NodeRefused>(new TicketedRequest(new RenewLease(Mine, second.Epoch, 1, -1), first.Ticket));
        Assert.Equal(NodeProtocol.Untrusted, forged.Status.Reason);
        Assert.Equal(1, (await Ask<LeaseRenewed>(new TicketedRequest(new RenewLease(Mine, second.Epoch, 1, -1), second.Ticket))).Sequence);
    }

    [Fact]
    public async Task Nothing_but_the_node_service_can_be_addressed_and_it_cannot_be_stopped()
    {
        await Register(Mine);
        foreach (var path in (string[])["/user", "/system", "/user/secret", "/system/receptionist", "/system/sharding/objects", "/user/*"])
        {
            Assert.Null(await Find(_cluster.Options.AgentPort, path));
        }
        foreach (var last in (object[])[PoisonPill.Instance, Kill.Instance])
        {
            Selection(_cluster.Options.AgentPort, NodeProtocol.Service).Tell(last);
            await Register(Mine, last.ToString()!);
        }
    }

    [Fact]
    public async Task Node_is_not_let_in_where_members_are()
    {
        foreach (var path in (string[])["/user", "/user/nodes", "/system/sharding/objects", "/system/cluster/core/daemon"])
        {
            Assert.Null(await Find(_cluster.Options.RemotePort, path));
        }
    }

    private async Task<NodeRegistered> Register(NodeName node, string instance = "a") => await Ask<NodeRegistered>(await Signed(node, instance));

    private async Task<RegisterNode> Signed(NodeName node, string instance = "a")
    {
        var challenge = await Ask<NodeChallenge>(new AskChallenge(node, instance));
        return NodeProof.Sign(_identity.Own, node, instance, """{ "metadata": { "name": "mine" }, "status": {} }"""u8.ToArray(), challenge.Challenge);
    }

    /// <summary>The actor at a path, or null where nobody answers for it: the peer drops what is asked, or does not let this process in at all.</summary>
    private async Task<IActorRef?> Find(int port, string path)
    {
        try
        {
            return (await Selection(port, path).Ask<ActorIdentity>(new Identify(1), Short)).Subject;
        }
        catch (AskTimeoutException)
        {
            return null;
        }
    }

    private Task<T> Ask<T>(INodeMessage message) => Selection(_cluster.Options.AgentPort, NodeProtocol.Service).Ask<T>(message, Long);

    private ActorSelection Selection(int port, string path) => _system.ActorSelection(RemoteSettings.AddressOf($"127.0.0.1:{port}") + path);
}
