using k8s.Models;
using NodeActor.Networking;
using Shared.Api;
using Xunit;

namespace Tests.Unit.Networking;

public sealed class ServicePortsTests
{
    private static readonly NodeName Here = new("node-1");

    [Fact]
    public void Backends_ready_only()
    {
        var view = One(ProxyObjects.Service(), ProxyObjects.Slice(("10.244.1.2", "node-1", true, false), ("10.244.2.2", "node-2", false, false)));

        Assert.Equal(new ServiceBackend("10.244.1.2", 8080), Assert.Single(view.Internal));
        Assert.Equal(new ServiceBackend("10.244.1.2", 8080), Assert.Single(view.External));
    }

    [Fact]
    public void Backends_none_ready_falls_back_to_terminating_ones_that_serve()
    {
        var view = One(ProxyObjects.Service(), ProxyObjects.Slice(("10.244.1.2", "node-1", false, true), ("10.244.2.2", "node-2", false, false)));

        Assert.Equal(new ServiceBackend("10.244.1.2", 8080), Assert.Single(view.Internal));
    }

    [Fact]
    public void Backends_unknown_readiness_counts_as_ready()
    {
        var slice = ProxyObjects.Slice(("10.244.1.2", "node-1", true, false));
        slice.Endpoints[0].Conditions = null;

        Assert.Single(One(ProxyObjects.Service(), slice).Internal);
    }

    [Fact]
    public void External_policy_local_takes_this_nodes_pods_only()
    {
        var service = ProxyObjects.Service();
        service.Spec.ExternalTrafficPolicy = "Local";
        var view = One(service, ProxyObjects.Slice(("10.244.1.2", "node-1", true, false), ("10.244.2.2", "node-2", true, false)));

        Assert.Equal(new ServiceBackend("10.244.1.2", 8080), Assert.Single(view.External));
        Assert.Equal(2, view.Internal.Length);
        Assert.True(view.KeepsClientAddress);
    }

    [Fact]
    public void Ports_are_matched_by_name_and_protocol()
    {
        var service = ProxyObjects.Service();
        service.Spec.Ports = [new V1ServicePort { Name = "metrics", Port = 9090, Protocol = "TCP" }, new V1ServicePort { Name = "http", Port = 80, Protocol = "UDP" }];
        var views = ServicePorts.Of(Here, [service], [ProxyObjects.Slice(("10.244.1.2", "node-1", true, false))]);

        Assert.Equal(2, views.Length);
        Assert.All(views, view => Assert.Empty(view.Internal));
    }

    [Theory]
    [InlineData("None")]
    [InlineData("")]
    [InlineData("fd00::1")]
    public void Service_without_an_IPv4_address_has_no_view(string address)
    {
        var service = ProxyObjects.Service();
        service.Spec.ClusterIP = address;
        service.Spec.ClusterIPs = null;

        Assert.Empty(ServicePorts.Of(Here, [service], [ProxyObjects.Slice(("10.244.1.2", "node-1", true, false))]));
    }

    [Fact]
    public void Order_of_input_does_not_matter()
    {
        var services = new[] { ProxyObjects.Service("b", "10.96.0.11"), ProxyObjects.Service("a", "10.96.0.10") };
        var slices = new[]
        {
            ProxyObjects.SliceOf("a", ("10.244.2.2", "node-2", true, false), ("10.244.1.2", "node-1", true, false)),
            ProxyObjects.SliceOf("b", ("10.244.1.3", "node-1", true, false)),
        };

        Assert.Equal(Text(services, slices), Text([.. services.Reverse()], [.. slices.Reverse()]));
    }

    private static string Text(IEnumerable<V1Service> services, IEnumerable<V1EndpointSlice> slices) =>
        NftRuleset.Render(ServicePorts.Of(Here, services, slices), ProxyObjects.Network);

    private static ServicePortView One(V1Service service, params V1EndpointSlice[] slices) => Assert.Single(ServicePorts.Of(Here, [service], slices));
}
