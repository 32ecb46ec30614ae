using ControlPlane.Networking;
using ControlPlane.Networking.Services;
using ControlPlane.Objects;
using Tests.Support;
using Xunit;

namespace Tests.Unit.Networking;

public sealed class ApiServerServiceTests
{
    private readonly ObjectStore _store = new();
    private readonly ServiceNetworkOptions _options = new();

    private int Ensure(int port, params string[] addresses)
    {
        for (var rounds = 0; ; rounds++)
        {
            var commands = ApiServerService.Commands(_store.Cache, addresses, port, _options, _store.Now);
            if (commands.IsEmpty) return rounds;
            foreach (var command in commands) Assert.IsType<ObjectAccepted>(_store.Do(command));
        }
    }

    [Fact]
    public void Service_has_the_first_address_and_every_gateway_behind_it()
    {
        Assert.InRange(Ensure(6443, "10.0.0.2", "10.0.0.1"), 1, 2);
        var service = _store.Cache.Get(Net.Key("kubernetes"))!;
        Assert.Equal(("10.96.0.1", "443", "6443"), (service.Text("spec", "clusterIP"), service.Text("spec", "ports", 0, "port"), service.Text("spec", "ports", 0, "targetPort")));
        Assert.Equal(["10.96.0.1"], _store.Claims());
        var slice = _store.Cache.Get(new("discovery.k8s.io", "endpointslices", "default", "kubernetes"))!;
        Assert.Equal(("10.0.0.1", "10.0.0.2", "6443"), (slice.Text("endpoints", 0, "addresses", 0), slice.Text("endpoints", 1, "addresses", 0), slice.Text("ports", 0, "port")));
        Assert.Equal("10.0.0.1", _store.Cache.Get(new("", "endpoints", "default", "kubernetes"))!.Text("subsets", 0, "addresses", 0, "ip"));
    }

    [Fact]
    public void Service_follows_the_gateways()
    {
        Ensure(6443, "10.0.0.1");
        Ensure(7443, "10.0.0.1", "10.0.0.9");
        Assert.Equal("7443", _store.Cache.Get(Net.Key("kubernetes"))!.Text("spec", "ports", 0, "targetPort"));
        Assert.Equal("10.0.0.9", _store.Cache.Get(new("discovery.k8s.io", "endpointslices", "default", "kubernetes"))!.Text("endpoints", 1, "addresses", 0));
    }

    [Fact]
    public void Its_own_reconciler_leaves_its_endpoints_alone()
    {
        Ensure(6443, "10.0.0.1");
        Assert.Equal(Plan.Nothing, new ServiceReconciler(_options).Reconcile(_store.Cache.Get(Net.Key("kubernetes"))!, _store.Cache, _store.Now));
    }
}
