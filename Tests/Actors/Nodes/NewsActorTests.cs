using Akka.Actor;
using ControlPlane.Membership;
using ControlPlane.Nodes;
using ControlPlane.Nodes.Drains;
using ControlPlane.Nodes.Leases;
using Tests.Support;
using Xunit;

namespace Tests.Actors.Nodes;

/// <summary>What members tell each other of nodes. The other member is played by this one: what it tells comes back to it.</summary>
public sealed class NewsActorTests : ActorTest
{
    private readonly MemberBook _members = new(new());
    private readonly NodeLeases _leases = new(new NodeOptions(), TimeProvider.System);
    private readonly IActorRef _news;

    public NewsActorTests() => _news = Sys.ActorOf(NewsActor.Props(_members, _leases, TestActor), NewsActor.Name);

    protected override void AfterAll()
    {
        _leases.Dispose();
        base.AfterAll();
    }

    [Fact]
    public void Proxy_that_came_further_is_told_to_all_members_at_once()
    {
        Join();
        _news.Tell(new HeardNode(new("a"), 1, 7));
        Assert.Equal([7, 7], Enumerable.Range(0, 2).Select(_ => ExpectMsg<ProxyApplied>().Revision));
    }

    [Fact]
    public void Signs_of_life_are_told_together_and_not_lost()
    {
        Join();
        _news.Tell(new HeardNode(new("a"), 1, 7));
        _news.Tell(new HeardNode(new("b"), 1, 7));
        for (var i = 0; i < 4; i++) ExpectMsg<ProxyApplied>();
        for (var i = 0; i < 10; i++)
        {
            _news.Tell(new HeardNode(new("a"), 1, 7));
            _news.Tell(new HeardNode(new("b"), 1, 7));
        }
        var told = Enumerable.Range(0, 22).Select(_ => ExpectMsg<ProxyApplied>().Node.Value).ToArray();
        Assert.Equal((11, 11), (told.Count(node => node == "a"), told.Count(node => node == "b")));
        ExpectNoMsg(TimeSpan.FromMilliseconds(600));
    }

    [Fact]
    public void One_that_is_alone_tells_nobody()
    {
        _news.Tell(new HeardNode(new("a"), 1, 7));
        ExpectMsg<ProxyApplied>();
        ExpectNoMsg(TimeSpan.FromMilliseconds(500));
    }

    [Fact]
    public void Node_heard_of_by_another_is_taken_over_as_one_that_was_heard()
    {
        _news.Tell(new NodeNews([new(new("a"), 1, 7)]));
        ExpectMsg<ProxyApplied>();
        _leases.Begin("a");
        Assert.True(_leases.StateOf("a", TimeSpan.FromSeconds(6)).Heard);
    }

    private void Join() => _members.Set(((ExtendedActorSystem)Sys).Provider.DefaultAddress, new(0, TimeSpan.Zero, IsSilent: false));
}
