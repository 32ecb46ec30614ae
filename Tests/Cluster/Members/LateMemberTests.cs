using Akka.Actor;
using ControlPlane.Membership;
using Shared.Hosting;
using Tests.Support;
using Xunit;

namespace Tests.Cluster.Members;

/// <summary>A member that comes where its address is known already, and known for refusing connections.</summary>
public sealed class LateMemberTests : IAsyncLifetime
{
    private readonly ControlPlaneMembers _cluster = new One();

    public Task InitializeAsync() => _cluster.InitializeAsync();

    public Task DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Member_that_somebody_asked_before_it_listened_is_let_in_and_has_its_share()
    {
        var late = _cluster.NewOptions();
        var refused = RefusedConnections.Of(_cluster.Members[0].Host.Services.GetRequiredService<ActorSystem>().EventStream);
        refused.Add(Address.Parse(RemoteSettings.AddressOf($"127.0.0.1:{late.RemotePort}")));
        await _cluster.Start(late);
        await _cluster.Settled();
    }

    private sealed class One : ControlPlaneMembers
    {
        protected override int Count => 1;
    }
}
