using System.Text.Json.Nodes;
using ControlPlane.Networking;
using ControlPlane.Networking.Endpoints;
using ControlPlane.Networking.Services;
using ControlPlane.Objects;
using CsCheck;
using Tests.Support;
using Tests.Unit.Scheduling;
using Xunit;
using Endpoint = ControlPlane.Networking.Endpoints.Endpoint;

namespace Tests.Unit.Networking;

public sealed class EndpointSliceTests
{
    private const string Web = """{"clusterIP":"None","selector":{"app":"web"},"ports":[{"name":"http","port":80,"protocol":"TCP","targetPort":8080}]}""";
    private readonly ObjectStore _store = new();
    private readonly ServiceReconciler _reconciler = new(new ServiceNetworkOptions());

    private void Settle(string name = "web")
    {
        _store.Settle(_reconciler, Net.Key(name));
        Assert.Equal(Plan.Nothing, _reconciler.Reconcile(_store.Cache.Get(Net.Key(name))!, _store.Cache, _store.Now));
    }

    [Fact]
    public void Slice_says_all_about_its_pods()
    {
        _store.Put(Some.Node("n1", zone: "east"));
        _store.Do(Net.Create("web", Web));
        _store.Put(Net.Pod("a", ip: "10.244.0.7"));
        Settle();
        var slice = Assert.Single(_store.Slices("web"));
        Assert.Matches("^web-[a-z0-9]{5}$", slice.Key.Name);
        Assert.Equal("endpointslice-controller.k8s.io", slice.Header.Labels[SliceContent.ManagedByLabel]);
        Assert.Equal(_store.Cache.Get(Net.Key("web"))!.Uid, slice.Header.Controller!.Uid);
        Assert.Equal(new EndpointPort("http", "TCP", 8080, ""), Assert.Single(SliceContent.Of(slice).Ports));
        Assert.Equal(new Endpoint("10.244.0.7", true, true, false, "a", "uid-a", "n1", "east", ""), Assert.Single(SliceContent.Of(slice).Endpoints));
        Assert.Equal("Pod", slice.Text("endpoints", 0, "targetRef", "kind"));
    }

    [Theory]
    [InlineData(true, false, true, true, false)]
    [InlineData(false, false, false, false, false)]
    [InlineData(true, true, false, true, true)]
    [InlineData(false, true, false, false, true)]
    public void Conditions_follow_readiness_and_deletion(bool podReady, bool deleting, bool ready, bool serving, bool terminating)
    {
        _store.Do(Net.Create("web", Web));
        _store.Put(Net.Pod("a", podReady, deleting));
        Settle();
        var endpoint = Assert.Single(_store.Endpoints("web"));
        Assert.Equal((ready, serving, terminating), (endpoint.Ready, endpoint.Serving, endpoint.Terminating));
    }

    [Fact]
    public void Pods_that_ended_have_no_address_or_are_not_selected_are_left_out()
    {
        _store.Do(Net.Create("web", Web));
        _store.Put(Net.Pod("done", phase: "Succeeded"));
        _store.Put(Net.Pod("failed", phase: "Failed"));
        _store.Put(Net.Pod("starting", ready: false, ip: ""));
        _store.Put(Net.Pod("other", app: "db"));
        Settle();
        Assert.Empty(_store.Endpoints("web"));
        Assert.Single(_store.Slices("web"));
        Assert.Equal("[]", _store.Cache.Get(new("", "endpoints", "default", "web"))!.ToJsonObject()["subsets"]!.ToJsonString());
    }

    [Fact]
    public void Service_that_publishes_what_is_not_ready_lists_it_as_ready()
    {
        _store.Do(Net.Create("web", Web.Replace("{\"clusterIP\"", "{\"publishNotReadyAddresses\":true,\"clusterIP\"", StringComparison.Ordinal)));
        _store.Put(Net.Pod("a", ready: false));
        Settle();
        var endpoint = Assert.Single(_store.Endpoints("web"));
        Assert.Equal((true, false), (endpoint.Ready, endpoint.Serving));
    }

    [Fact]
    public void Named_port_leads_where_each_pod_says()
    {
        _store.Do(Net.Create("web", """{"clusterIP":"None","selector":{"app":"web"},"ports":[{"name":"http","port":80,"protocol":"TCP","targetPort":"web"}]}"""));
        _store.Put(Net.Pod("a", spec: """{"containers":[{"ports":[{"name":"web","containerPort":8080}]}]}"""));
        _store.Put(Net.Pod("b", spec: """{"containers":[{"ports":[{"name":"web","containerPort":9090}]}]}"""));
        _store.Put(Net.Pod("c", spec: """{"containers":[{"ports":[{"name":"other","containerPort":1}]}]}"""));
        Settle();
        var leads = _store.Slices("web").Select(SliceContent.Of).ToDictionary(slice => slice.Endpoints[0].Pod, slice => slice.Ports.SingleOrDefault()?.Port);
        Assert.Equal(3, leads.Count);
        Assert.Equal((8080, 9090, null), (leads["a"], leads["b"], leads["c"]));
    }

    [Fact]
    public void Hostname_is_given_where_the_subdomain_is_the_service()
    {
        _store.Do(Net.Create("web", Web));
        _store.Put(Net.Pod("a", spec: """{"hostname":"a","subdomain":"web"}"""));
        _store.Put(Net.Pod("b", spec: """{"hostname":"b","subdomain":"elsewhere"}"""));
        Settle();
        Assert.Equal(["a", ""], _store.Endpoints("web").OrderBy(endpoint => endpoint.Pod).Select(endpoint => endpoint.Hostname));
    }

    [Fact]
    public void Slices_hold_a_hundred_and_a_pod_stays_where_it_is()
    {
        _store.Do(Net.Create("web", Web));
        for (var i = 0; i < 250; i++) _store.Put(Net.Pod($"p{i:000}", ip: $"10.244.1.{i}"));
        Settle();
        Assert.Equal([50, 100, 100], _store.Slices("web").Select(slice => SliceContent.Of(slice).Endpoints.Length).Order());
        var where = Where();
        var before = _store.Slices("web").ToDictionary(slice => slice.Key.Name, slice => slice.Revision);
        _store.Put(Net.Pod("p123", ready: false, ip: "10.244.1.123"));
        Settle();
        Assert.Equal(where, Where());
        Assert.Single(_store.Slices("web"), slice => before[slice.Key.Name] != slice.Revision);

        Dictionary<string, string> Where() =>
            _store.Slices("web").SelectMany(slice => SliceContent.Of(slice).Endpoints.Select(endpoint => (endpoint.Pod, slice.Key.Name))).ToDictionary(entry => entry.Pod, entry => entry.Name);
    }

    [Fact]
    public void Endpoints_list_ready_and_not_ready_addresses_without_those_that_go()
    {
        _store.Do(Net.Create("web", Web));
        _store.Put(Net.Pod("a", ip: "10.244.0.2"));
        _store.Put(Net.Pod("b", ready: false, ip: "10.244.0.3"));
        _store.Put(Net.Pod("c", deleting: true, ip: "10.244.0.4"));
        Settle();
        var endpoints = _store.Cache.Get(new("", "endpoints", "default", "web"))!;
        Assert.Equal(("10.244.0.2", "10.244.0.3", "8080"), (endpoints.Text("subsets", 0, "addresses", 0, "ip"), endpoints.Text("subsets", 0, "notReadyAddresses", 0, "ip"), endpoints.Text("subsets", 0, "ports", 0, "port")));
        Assert.DoesNotContain("10.244.0.4", System.Text.Encoding.UTF8.GetString(endpoints.Json.Span));
    }

    [Fact]
    public void Service_without_a_selector_leaves_endpoints_to_others()
    {
        _store.Do(Net.Create("web", """{"clusterIP":"None","ports":[{"port":80,"protocol":"TCP","targetPort":80}]}"""));
        _store.Put(Net.Pod("a"));
        Settle();
        Assert.Empty(_store.Cache.List(SliceContent.Slices).Objects);
    }

    [Fact]
    public void Slice_that_somebody_spoiled_is_put_right()
    {
        _store.Do(Net.Create("web", Web));
        _store.Put(Net.Pod("a"));
        Settle();
        _store.Put(Some.Changed(_store.Slices("web")[0], json => json["endpoints"] = new JsonArray()));
        Settle();
        Assert.Single(_store.Endpoints("web"));
    }

    [Fact]
    public void Wake_rule_wakes_the_services_that_select_or_selected_a_pod()
    {
        _store.Do(Net.Create("web", Web));
        _store.Do(Net.Create("db", Web.Replace("web", "db", StringComparison.Ordinal)));
        _store.Do(Net.Create("all", """{"ports":[]}"""));
        var keys = new HashSet<Shared.Api.ObjectKey>();
        var before = Net.Pod("a");
        new ServiceWakeRule().Wake(new(Net.Pod("a", app: "db"), before, false), _store.Cache, keys);
        Assert.Equal([Net.Key("db"), Net.Key("web")], keys.OrderBy(key => key.Name, StringComparer.Ordinal));
    }

    private static readonly Gen<(int Pod, int Fate)> Step = Gen.Select(Gen.Int[0, 130], Gen.Int[0, 7]);

    /// <summary>Whatever happens to pods: plans come to rest, every pod with an address is listed once, and ready means ready and not going.</summary>
    [Fact]
    public void Slices_converge_to_the_pods() =>
        Step.Array[1, 200].Array[1, 4].Sample(rounds =>
        {
            var store = new ObjectStore();
            store.Do(Net.Create("web", Web));
            foreach (var steps in rounds)
            {
                foreach (var (pod, fate) in steps) Meet(store, pod, fate);
                store.Settle(_reconciler, Net.Key("web"));
                Assert.Equal(Plan.Nothing, _reconciler.Reconcile(store.Cache.Get(Net.Key("web"))!, store.Cache, store.Now));
                var pods = store.Cache.List(new("", "pods"), "default").Where(PodEndpoint.Belongs).ToDictionary(pod => pod.Uid);
                var listed = store.Endpoints("web");
                Assert.Equal(pods.Keys.Order(), listed.Select(endpoint => endpoint.PodUid).Order());
                Assert.All(listed, endpoint => Assert.Equal(pods[endpoint.PodUid].Header is { Ready: true, DeletionTimestamp: null }, endpoint.Ready));
                Assert.All(store.Slices("web"), slice => Assert.True(SliceContent.Of(slice).Endpoints.Length <= 100));
                Assert.Equal(Math.Max(1, store.Slices("web").Count(slice => SliceContent.Of(slice).Endpoints.Length > 0)), store.Slices("web").Length);
            }
        }, iter: 30);

    private static int _uids;

    /// <summary>Something that can happen to a pod: it comes, becomes ready or not, gets its address, fails, is deleted, is gone.</summary>
    internal static void Meet(ObjectStore store, int pod, int fate)
    {
        var name = $"p{pod:000}";
        var live = store.Cache.Get(Some.PodKey(name));
        if (live is null)
        {
            if (fate != 0) store.Put(Net.Pod(name, ready: fate > 3, ip: fate == 1 ? "" : Ip(pod), uid: $"uid-{name}-{Interlocked.Increment(ref _uids)}"));
            return;
        }
        if (fate == 0)
        {
            store.Put(live, deleted: true);
            return;
        }
        var going = live.Header.DeletionTimestamp is not null || fate == 1;
        var failed = live.Header.Phase == "Failed" || fate == 6;
        store.Put(Net.Pod(name, ready: fate == 1 ? live.Header.Ready : fate % 2 == 1, deleting: going, phase: failed ? "Failed" : "Running", ip: Ip(pod), uid: live.Uid));
    }

    private static string Ip(int pod) => $"10.244.1.{pod}";
}
