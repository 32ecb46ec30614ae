using Akka.Actor;
using ControlPlane.Nodes.Drains;
using ControlPlane.Objects;
using Shared.Protocol;
using Tests.Support;
using Tests.Unit.Nodes;
using Xunit;

namespace Tests.Actors.Nodes;

/// <summary>Agents that wait for traffic to end, over a real watch cache and endpoints that the test decides.</summary>
public sealed class DrainsActorTests : ActorTest
{
    private readonly ObjectStore _store = new();
    private readonly CountedDrain _drain = new();
    private readonly IActorRef _drains;

    public DrainsActorTests()
    {
        _store.Put(NodeObjects.Node("a"));
        _store.Put(NodeObjects.Node("b"));
        _drains = Sys.ActorOf(DrainsActor.Props(_drain, _store.Cache));
        Settle();
    }

    [Fact]
    public void Pod_is_drained_when_an_endpoint_slice_says_so_and_every_proxy_has_followed()
    {
        var pod = Wait("web");
        _drain.At["web"] = 500;
        Slice("default");
        Applied("a", 500);
        Silent();
        Applied("b", 499);
        Silent();
        Applied("b", 500);
        Assert.Equal(pod.Uid, ExpectMsg<PodDrained>().Uid.Value);
    }

    [Fact]
    public void Pod_behind_no_endpoint_is_drained_at_once()
    {
        _drain.At["web"] = 0;
        Wait("web");
        ExpectMsg<PodDrained>();
    }

    [Fact]
    public void Pod_that_is_gone_or_replaced_is_drained()
    {
        var pod = Wait("web");
        _store.Put(pod, deleted: true);
        ExpectMsg<PodDrained>();
        _drains.Tell(new AwaitDrained(new("a"), 1, pod.Key, new(pod.Uid)), TestActor);
        ExpectMsg<PodDrained>();
    }

    [Fact]
    public void Pod_that_is_gone_is_not_waited_for_at_the_proxies()
    {
        _drain.At["web"] = 500;
        var pod = Wait("web");
        _store.Put(pod, deleted: true);
        ExpectMsg<PodDrained>();
        Applied("a", 500);
        Applied("b", 500);
        Silent();
    }

    [Fact]
    public void Node_that_is_lost_while_others_wait_holds_them_up_no_longer()
    {
        _drain.At["web"] = 500;
        Wait("web");
        Applied("a", 500);
        Silent();
        _store.Put(NodeObjects.Node("b", ready: "Unknown"));
        ExpectMsg<PodDrained>();
    }

    [Fact]
    public void Newest_asker_is_answered_once()
    {
        var pod = Wait("web");
        var again = CreateTestProbe();
        _drains.Tell(new AwaitDrained(new("a"), 1, pod.Key, new(pod.Uid)), again);
        Settle();
        _drain.At["web"] = 0;
        Slice("default");
        again.ExpectMsg<PodDrained>();
        Silent();
    }

    /// <summary>The work a renewal costs: no pod is looked at, and only those that are answered are touched.</summary>
    [Fact]
    public void Renewals_look_at_no_pod_and_changes_elsewhere_at_none()
    {
        for (var i = 0; i < 200; i++)
        {
            _drain.At[$"p{i}"] = 1000 + i;
            Wait($"p{i}");
        }
        for (var i = 0; i < 50; i++) Wait($"listed{i}");
        Settle();
        var looked = _drain.Calls;
        for (var revision = 1; revision <= 1000; revision++)
        {
            Applied("a", revision);
            Applied("b", revision);
        }
        Assert.Equal("p0", ExpectMsg<PodDrained>().Pod.Name);
        Slice("elsewhere");
        Settle();
        Assert.Equal(looked, _drain.Calls);
        Slice("default");
        Settle();
        Assert.Equal(looked + 50, _drain.Calls);
        Silent();
    }

    private StoredObject Wait(string name)
    {
        var pod = _store.Put(NodeObjects.Pod(name, deleting: true));
        _drains.Tell(new AwaitDrained(new("a"), 1, pod.Key, new(pod.Uid)), TestActor);
        Settle();
        return pod;
    }

    private void Slice(string @namespace) => _store.Put(NodeObjects.Stored(
        new("discovery.k8s.io", "endpointslices", @namespace, "web-1"), $$"""{ "metadata": { "name": "web-1", "namespace": "{{@namespace}}", "uid": "s" } }"""));

    private void Applied(string node, long revision) => _drains.Tell(new ProxyApplied(new(node), 1, revision));

    private void Silent()
    {
        Settle();
        Assert.False(HasMessages);
    }

    /// <summary>Returns when everything told before has been taken in.</summary>
    private void Settle()
    {
        var probe = CreateTestProbe();
        _drains.Tell(new Identify(0), probe);
        probe.ExpectMsg<ActorIdentity>(TimeSpan.FromSeconds(20));
    }

    private sealed class CountedDrain : IEndpointDrain
    {
        private int _calls;

        public Dictionary<string, long> At { get; } = [];

        public int Calls => Volatile.Read(ref _calls);

        public long? DrainedAt(StoredObject pod, IObjectView view)
        {
            Interlocked.Increment(ref _calls);
            lock (At) return At.TryGetValue(pod.Key.Name, out var at) ? at : null;
        }
    }
}
