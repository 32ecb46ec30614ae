using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Configuration;
using ControlPlane.Access.Pki;
using Shared.Hosting;
using Shared.Protocol;
using Shared.Api;
using Shared.Serialization;
using Tests.Support;
using Xunit;

namespace Tests.Cluster.NodeLink;

public sealed class RemoteTlsTests : IAsyncLifetime
{
    private static readonly LeaseRenewed Greeting = new(new NodeName("node-1"), 1, 1);
    private readonly TestAuthority _ours = new();
    private readonly TestAuthority _foreign = new();
    private readonly List<ActorSystem> _systems = [];

    [Fact]
    public async Task Node_is_answered_where_nodes_are_heard()
    {
        var server = Start(_ours.ControlPlane(), ProcessRole.Node);
        var client = Start(_ours.Node("node-1"));
        Assert.Equal(Greeting, await AskThrough(client, server, TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public async Task Member_is_answered_by_a_member()
    {
        var server = Start(_ours.ControlPlane());
        var client = Start(_ours.ControlPlane());
        Assert.Equal(Greeting, await AskThrough(client, server, TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public async Task Node_is_refused_where_members_are_heard()
    {
        var server = Start(_ours.ControlPlane());
        var client = Start(_ours.Node("node-1"));
        await Assert.ThrowsAsync<AskTimeoutException>(() => AskThrough(client, server, TimeSpan.FromSeconds(3)));
    }

    [Fact]
    public async Task Node_is_refused_by_another_node()
    {
        var server = Start(_ours.Node("node-2"));
        var client = Start(_ours.Node("node-1"), ProcessRole.Node);
        await Assert.ThrowsAsync<AskTimeoutException>(() => AskThrough(client, server, TimeSpan.FromSeconds(3)));
    }

    [Fact]
    public async Task Peer_of_another_authority_is_refused()
    {
        var server = Start(_ours.ControlPlane(), ProcessRole.Node);
        var own = _foreign.Node("node-1");
        var client = Start(new RemoteIdentity(own.Own, _ours.ControlPlane().Authority));
        await Assert.ThrowsAsync<AskTimeoutException>(() => AskThrough(client, server, TimeSpan.FromSeconds(3)));
    }

    [Fact]
    public async Task Server_of_another_authority_is_refused_by_the_client()
    {
        var server = Start(new RemoteIdentity(_foreign.ControlPlane().Own, _ours.ControlPlane().Authority), ProcessRole.Node);
        var client = Start(_ours.Node("node-1"));
        await Assert.ThrowsAsync<AskTimeoutException>(() => AskThrough(client, server, TimeSpan.FromSeconds(3)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Peer_that_dies_in_the_middle_of_a_handshake_takes_nobody_with_it(bool guarded)
    {
        using var dying = new TcpListener(IPAddress.Loopback, 0);
        dying.Start();
        var port = ((IPEndPoint)dying.LocalEndpoint).Port;
        var client = Start(_ours.Node("node-1"));
        using var guard = guarded ? HandshakeGuard.Install(client) : null;
        var echo = client.ActorSelection($"{RemoteSettings.AddressOf($"127.0.0.1:{port}")}/user/echo");
        echo.Tell(Greeting);
        using (var connection = await dying.AcceptTcpClientAsync()) await connection.GetStream().ReadExactlyAsync(new byte[1]);
        dying.Stop();
        if (!guarded)
        {
            // What the guard is for.
            await client.WhenTerminated.WaitAsync(TimeSpan.FromSeconds(30));
            return;
        }
        Start(_ours.ControlPlane(), ProcessRole.Node, port);
        await ControlPlaneMembers.Until("the peer to be tried again", async () =>
        {
            try
            {
                return Greeting.Equals(await echo.Ask<object>(Greeting, TimeSpan.FromSeconds(1)));
            }
            catch (AskTimeoutException)
            {
                return false;
            }
        });
        Assert.NotNull(CoordinatedShutdown.Get(client).ShutdownReason);
        Assert.False(client.WhenTerminated.IsCompleted);
    }

    [Fact]
    public async Task Certificate_of_a_user_is_refused()
    {
        var server = Start(_ours.ControlPlane(), ProcessRole.Node);
        var client = Start(_ours.Issue(CertificateProfile.Administrator));
        await Assert.ThrowsAsync<AskTimeoutException>(() => AskThrough(client, server, TimeSpan.FromSeconds(3)));
    }

    [Fact]
    public async Task Peer_without_tls_is_refused()
    {
        var server = Start(_ours.ControlPlane());
        var client = Start(null);
        var address = server.GetAddress().WithProtocol("akka.tcp");
        await Assert.ThrowsAsync<AskTimeoutException>(() => client.ActorSelection($"{address}/user/echo").Ask<object>(Greeting, TimeSpan.FromSeconds(3)));
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await Task.WhenAll(_systems.Select(system => system.Terminate()));
        _ours.Dispose();
        _foreign.Dispose();
    }

    private static Task<object> AskThrough(ActorSystem client, ActorSystem server, TimeSpan timeout) =>
        client.ActorSelection($"{server.GetAddress()}/user/echo").Ask<object>(Greeting, timeout);

    private ActorSystem Start(RemoteIdentity? identity, ProcessRole peers = ProcessRole.Member, int port = 0)
    {
        Config config = "akka { loglevel = ERROR, stdout-loglevel = OFF, loggers = [] \n actor.provider = remote }";
        if (identity is not null) config = config.WithFallback(RemoteTls.Config).WithFallback(HandshakeGuard.Config);
        var setup = BootstrapSetup.Create().WithConfig(config.WithFallback(RemoteSettings.Listen("127.0.0.1", port)).WithFallback(RemoteSettings.Config).WithFallback(ProtocolConfig.Config));
        var system = identity is null
            ? ActorSystem.Create(RemoteSettings.SystemName, setup)
            : ActorSystem.Create(RemoteSettings.SystemName, setup.And(RemoteTls.Setup(identity, peers, TimeProvider.System)));
        _systems.Add(system);
        system.ActorOf<EchoActor>("echo");
        return system;
    }
}

internal sealed class EchoActor : UntypedActor
{
    protected override void OnReceive(object message) => Sender.Tell(message);
}

internal static class ActorSystemAddress
{
    /// <summary>The address others reach this system at.</summary>
    public static Address GetAddress(this ActorSystem system) => ((ExtendedActorSystem)system).Provider.DefaultAddress;
}
