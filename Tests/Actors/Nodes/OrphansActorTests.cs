using Akka.Actor;
using ControlPlane.Nodes;
using ControlPlane.Nodes.Leases;
using ControlPlane.Nodes.Orphans;
using ControlPlane.Nodes.Registration;
using ControlPlane.Objects;
using Tests.Unit.Nodes;
using Tests.Unit.Nodes.Leases;
using Xunit;

namespace Tests.Actors.Nodes;

public sealed class OrphansActorTests : NodeStoreTests
{
    private readonly ManualTime _time = new();
    private readonly NodeOptions _options = new();

    [Fact]
    public void Pods_and_range_of_a_node_that_is_gone_are_removed_after_the_delay_and_not_before()
    {
        using var leases = new NodeLeases(_options, _time);
        var orphans = Sys.ActorOf(OrphansActor.Props(Services, _options, leases));
        var lost = Store.Put(NodeObjects.Pod("lost", node: "gone"));
        var kept = Store.Put(NodeObjects.Pod("kept"));
        Store.Put(NodeObjects.Node());
        var range = PodRangeClaim.KeyOf(System.Net.IPNetwork.Parse("10.244.3.0/24"));
        Store.Do(new CreateObject(range, PodRangeClaim.ToJson(range, System.Net.IPNetwork.Parse("10.244.3.0/24"), "gone"), Requester.Controller("test")));

        Check(orphans);
        _time.Pass(_options.OrphanDelay - TimeSpan.FromSeconds(1));
        Check(orphans);
        Assert.NotNull(Store.Cache.Get(lost.Key));

        _time.Pass(TimeSpan.FromSeconds(1));
        Check(orphans);
        AwaitCondition(() => Store.Cache.Get(lost.Key) is null, TimeSpan.FromSeconds(20));
        Check(orphans);
        AwaitCondition(() => Store.Cache.Get(range) is null, TimeSpan.FromSeconds(20));
        Assert.NotNull(Store.Cache.Get(kept.Key));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Time_the_process_slept_through_and_steps_of_the_clock_remove_nothing(bool sleeps)
    {
        using var leases = new NodeLeases(_options, _time);
        var orphans = Sys.ActorOf(OrphansActor.Props(Services, _options, leases));
        var pod = Store.Put(NodeObjects.Pod("lost", node: "gone"));
        Check(orphans);
        if (sleeps) _time.Sleep(TimeSpan.FromHours(1));
        else _time.Step(TimeSpan.FromHours(1));
        Check(orphans);
        Settle(Services.Objects);
        Assert.NotNull(Store.Cache.Get(pod.Key));
    }

    private void Check(IActorRef orphans)
    {
        orphans.Tell(OrphansActor.CheckDue.Instance);
        Settle(orphans);
    }
}
