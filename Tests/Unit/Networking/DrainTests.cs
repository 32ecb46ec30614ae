using ControlPlane.Networking;
using ControlPlane.Networking.Endpoints;
using ControlPlane.Networking.Services;
using ControlPlane.Objects;
using CsCheck;
using Tests.Support;
using Tests.Unit.Scheduling;
using Xunit;

namespace Tests.Unit.Networking;

public sealed class DrainTests
{
    private const string Web = """{"clusterIP":"None","selector":{"app":"web"},"ports":[{"port":80,"protocol":"TCP","targetPort":8080}]}""";
    private readonly ObjectStore _store = new();
    private readonly ServiceReconciler _reconciler = new(new ServiceNetworkOptions());

    private DrainState Find(string pod = "a") => Drain.Find(_store.Cache, Some.PodKey(pod), new($"uid-{pod}"));

    private Plan Plan(string name = "web") => _reconciler.Reconcile(_store.Cache.Get(Net.Key(name))!, _store.Cache, _store.Now);

    [Fact]
    public void Pod_that_is_not_going_is_not_drained()
    {
        _store.Put(Net.Pod("a"));
        Assert.False(Find().IsDrained);
    }

    [Fact]
    public void Pod_behind_no_service_is_drained_once_it_goes()
    {
        _store.Do(Net.Create("other", Web.Replace("web", "db", StringComparison.Ordinal)));
        _store.Put(Net.Pod("a", deleting: true));
        Assert.True(Find().IsDrained);
    }

    [Fact]
    public void Pod_is_drained_at_the_revision_of_the_slice_that_took_note()
    {
        _store.Do(Net.Create("web", Web));
        _store.Put(Net.Pod("a"));
        _store.Settle(_reconciler, Net.Key("web"));
        _store.Put(Net.Pod("a", deleting: true));
        Assert.False(Find().IsDrained);
        _store.Settle(_reconciler, Net.Key("web"));
        Assert.Equal(DrainState.At(Assert.Single(_store.Slices("web")).Revision), Find());
    }

    [Fact]
    public void Service_whose_slices_are_not_made_yet_is_waited_for()
    {
        _store.Do(Net.Create("web", Web));
        _store.Put(Net.Pod("a", deleting: true));
        Assert.False(Find().IsDrained);
        _store.Settle(_reconciler, Net.Key("web"));
        Assert.True(Find().IsDrained);
    }

    [Fact]
    public void Pod_that_was_never_ready_waits_for_the_writes_that_may_be_under_way()
    {
        _store.Do(Net.Create("web", Web));
        _store.Put(Net.Pod("a", ready: false));
        _store.Settle(_reconciler, Net.Key("web"));
        _store.Put(Net.Pod("a", ready: true));
        var late = Plan().Commands;
        _store.Put(Net.Pod("a", ready: true, deleting: true));
        // No slice lists it as ready, but one could in a moment.
        Assert.False(Find().IsDrained);
        _store.Settle(_reconciler, Net.Key("web"));
        Assert.True(Find().IsDrained);
        foreach (var command in late) Assert.IsType<ObjectRejected>(_store.Do(command));
        Assert.DoesNotContain(_store.Endpoints("web"), endpoint => endpoint.Ready);
    }

    [Fact]
    public void Every_slice_refuses_an_older_view_once_a_pod_goes()
    {
        _store.Do(Net.Create("web", Web));
        for (var i = 0; i < 150; i++) _store.Put(Net.Pod($"p{i:000}"));
        _store.Settle(_reconciler, Net.Key("web"));
        var before = _store.Slices("web").ToDictionary(slice => slice.Key, slice => slice.Revision);
        _store.Put(Net.Pod("p000", deleting: true));
        _store.Settle(_reconciler, Net.Key("web"));
        Assert.All(_store.Slices("web"), slice => Assert.NotEqual(before[slice.Key], slice.Revision));
        Assert.True(Find("p000").IsDrained);
    }

    [Fact]
    public void All_services_that_select_the_pod_are_waited_for()
    {
        _store.Do(Net.Create("one", Web));
        _store.Do(Net.Create("two", Web));
        _store.Put(Net.Pod("a", deleting: true));
        _store.Settle(_reconciler, Net.Key("one"));
        Assert.False(Find().IsDrained);
        _store.Settle(_reconciler, Net.Key("two"));
        Assert.True(Find().IsDrained);
    }

    [Fact]
    public void Service_that_stopped_selecting_the_pod_must_have_dropped_it()
    {
        _store.Do(Net.Create("web", Web));
        _store.Put(Net.Pod("a"));
        _store.Settle(_reconciler, Net.Key("web"));
        _store.Put(Net.Pod("a", app: "quarantine", deleting: true));
        Assert.False(Find().IsDrained);
        _store.Settle(_reconciler, Net.Key("web"));
        Assert.True(Find().IsDrained);
    }

    [Fact]
    public void Pod_that_is_gone_is_drained_once_nobody_lists_it()
    {
        _store.Do(Net.Create("web", Web));
        var pod = _store.Put(Net.Pod("a"));
        _store.Settle(_reconciler, Net.Key("web"));
        _store.Put(pod, deleted: true);
        Assert.False(Find().IsDrained);
        _store.Settle(_reconciler, Net.Key("web"));
        Assert.True(Find().IsDrained);
    }

    [Fact]
    public void Service_that_publishes_what_is_not_ready_is_not_waited_for()
    {
        _store.Do(Net.Create("web", Web.Replace("{\"clusterIP\"", "{\"publishNotReadyAddresses\":true,\"clusterIP\"", StringComparison.Ordinal)));
        _store.Put(Net.Pod("a"));
        _store.Settle(_reconciler, Net.Key("web"));
        _store.Put(Net.Pod("a", deleting: true));
        _store.Settle(_reconciler, Net.Key("web"));
        Assert.True(Find().IsDrained);
    }

    /// <summary>
    /// Planners that see old views and writes that arrive late, doubled, in any order or never: once a pod is drained, no endpoint lists it as ready
    /// again. Deletions of slices are the exception to lateness: they name the very version they delete.
    /// </summary>
    [Fact]
    public void Drained_pods_never_get_traffic_again_whatever_arrives_late() =>
        Gen.Select(Gen.Int[90, 130], Gen.Select(Gen.Int[0, 9], Gen.Int[0, 130], Gen.Int[0, 1000]).Array[1, 80]).Sample((count, steps) =>
        {
            var store = new ObjectStore();
            store.Do(Net.Create("web", Web));
            for (var i = 0; i < count; i++) store.Put(Net.Pod($"p{i:000}", ip: $"10.244.1.{i}"));
            store.Settle(_reconciler, Net.Key("web"));
            var underway = new List<ObjectCommand>();
            var drained = new HashSet<string>();
            foreach (var (what, pod, pick) in steps)
            {
                if (what < 3) EndpointSliceTests.Meet(store, pod, what == 0 ? 1 : 2 + pick % 5);
                else if (what < 6) underway.AddRange(_reconciler.Reconcile(store.Cache.Get(Net.Key("web"))!, store.Cache, store.Now).Commands.Where(command => command is not CreateObject));
                else if (what == 6) store.Settle(_reconciler, Net.Key("web"));
                else if (underway.Count > 0) store.Do(underway[pick % underway.Count]);
                foreach (var live in store.Cache.List(new("", "pods"), "default"))
                {
                    if (live.Header.DeletionTimestamp is not null && Drain.Find(store.Cache, live.Key, new(live.Uid)).IsDrained) drained.Add(live.Uid);
                }
                Assert.DoesNotContain(store.Endpoints("web"), endpoint => endpoint.Ready && drained.Contains(endpoint.PodUid));
            }
            store.Settle(_reconciler, Net.Key("web"));
            foreach (var live in store.Cache.List(new("", "pods"), "default"))
            {
                Assert.Equal(live.Header.DeletionTimestamp is not null, Drain.Find(store.Cache, live.Key, new(live.Uid)).IsDrained);
            }
        }, iter: 30);
}
