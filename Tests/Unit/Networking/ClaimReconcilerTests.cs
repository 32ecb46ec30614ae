using System.Text.Json.Nodes;
using ControlPlane.Networking;
using ControlPlane.Networking.Allocation;
using ControlPlane.Networking.Services;
using ControlPlane.Objects;
using Tests.Support;
using Xunit;

namespace Tests.Unit.Networking;

public sealed class ClaimReconcilerTests
{
    private readonly ObjectStore _store = new();
    private readonly ServiceNetworkOptions _options = new();

    private StoredObject Claim(string address, string service, string uid) => ((ObjectAccepted)_store.Do(new CreateObject(
        ServiceClaim.AddressKey(address), new ServiceClaim(ServiceClaim.AddressKey(address), Net.Key(service), uid, _store.Now).ToJson(), Net.User))).Object;

    private Plan Plan(StoredObject claim) => new ClaimReconciler(_options).Reconcile(_store.Cache.Get(claim.Key)!, _store.Cache, _store.Now);

    [Fact]
    public void Fresh_claim_waits_for_its_service_and_goes_without_it()
    {
        var claim = Claim("10.96.0.10", "web", "uid");
        Assert.Equal(_options.ClaimGrace, Plan(claim).RequeueAfter);
        _store.Now += _options.ClaimGrace;
        var delete = Assert.IsType<DeleteObject>(Assert.Single(Plan(claim).Commands));
        Assert.Equal(new Preconditions(claim.Uid, claim.Revision), delete.Preconditions);
    }

    [Fact]
    public void Claim_that_is_used_stays()
    {
        var create = Net.Create("web", """{"clusterIP":"10.96.0.10","ports":[{"port":80,"protocol":"TCP","targetPort":80}]}""");
        var claim = Claim("10.96.0.10", "web", create.Uid);
        _store.Do(create);
        _store.Now += TimeSpan.FromDays(1);
        Assert.Equal(ControlPlane.Objects.Plan.Nothing, Plan(claim));
    }

    [Fact]
    public void Claim_of_an_earlier_service_of_the_name_goes()
    {
        _store.Do(Net.Create("web", """{"clusterIP":"10.96.0.10","ports":[{"port":80,"protocol":"TCP","targetPort":80}]}"""));
        var claim = Claim("10.96.0.10", "web", "the one before");
        _store.Now += _options.ClaimGrace;
        Assert.Single(Plan(claim).Commands);
    }

    [Fact]
    public void Claim_renewed_after_the_decision_is_not_deleted()
    {
        var claim = Claim("10.96.0.10", "web", "uid");
        _store.Now += _options.ClaimGrace;
        var delete = Plan(claim).Commands[0];
        _store.Do(new PatchObject(claim.Key, new RenewClaim(_store.Now), "", Net.User));
        Assert.IsType<ObjectRejected>(_store.Do(delete));
        Assert.NotNull(Plan(claim).RequeueAfter);
    }

    [Fact]
    public void Address_made_by_somebody_else_is_left_alone()
    {
        var key = ServiceClaim.AddressKey("10.96.0.99");
        _store.Do(new CreateObject(key, new JsonObject { ["spec"] = new JsonObject { ["parentRef"] = new JsonObject { ["resource"] = "services", ["namespace"] = "default", ["name"] = "x" } } }, Net.User));
        _store.Now += TimeSpan.FromDays(1);
        Assert.Equal(ControlPlane.Objects.Plan.Nothing, Plan(_store.Cache.Get(key)!));
    }

    [Fact]
    public void Service_makes_a_claim_that_is_missing()
    {
        _store.Do(Net.Create("web", """{"clusterIP":"10.96.0.10","type":"NodePort","ports":[{"port":80,"protocol":"TCP","nodePort":30080}]}"""));
        _store.Settle(new ServiceReconciler(_options), Net.Key("web"));
        Assert.Equal(["10.96.0.10", "nodeport-tcp-30080"], _store.Claims());
    }

    [Fact]
    public void Service_whose_address_another_has_says_so()
    {
        _store.Do(Net.Create("first", """{"clusterIP":"10.96.0.10","ports":[{"port":80,"protocol":"TCP","targetPort":80}]}"""));
        _store.Do(Net.Create("second", """{"clusterIP":"10.96.0.10","ports":[{"port":80,"protocol":"TCP","targetPort":80}]}"""));
        var reconciler = new ServiceReconciler(_options);
        _store.Settle(reconciler, Net.Key("first"));
        var plan = reconciler.Reconcile(_store.Cache.Get(Net.Key("second"))!, _store.Cache, _store.Now);
        Assert.Equal(("Warning", "ClusterIPAlreadyAllocated"), (Assert.Single(plan.Events).Type, plan.Events[0].Reason));
    }

    [Fact]
    public void Wake_rule_wakes_the_claims_a_service_gave_up()
    {
        var before = ((ObjectAccepted)_store.Do(Net.Create("web", """{"clusterIP":"10.96.0.10","type":"NodePort","ports":[{"port":80,"protocol":"TCP","nodePort":30080}]}"""))).Object;
        var now = Scheduling.Some.Changed(before, json => json["spec"]!["ports"]![0]!.AsObject().Remove("nodePort"));
        var keys = new HashSet<Shared.Api.ObjectKey>();
        new ServiceWakeRule().Wake(new(now, before, false), _store.Cache, keys);
        Assert.Equal([ServiceClaim.AddressKey("10.96.0.10"), ServiceClaim.NodePortKey("TCP", 30080)], keys.OrderBy(key => key.Name, StringComparer.Ordinal));
    }
}
