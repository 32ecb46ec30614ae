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
        Assert.Equal(new ServiceBackend("10.244.1.2", 8080), Assert.Single(view.All));
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
    public void External_policy_local_takes_this_nodes_pods_only_for_clients_outside()
    {
        var service = ProxyObjects.Service();
        service.Spec.ExternalTrafficPolicy = "Local";
        var view = One(service, ProxyObjects.Slice(("10.244.1.2", "node-1", true, false), ("10.244.2.2", "node-2", true, false)));

        Assert.Equal(new ServiceBackend("10.244.1.2", 8080), Assert.Single(view.Near!.Value));
        Assert.Equal((2, 2), (view.Internal.Length, view.All.Length));
        Assert.Null(One(ProxyObjects.Service()).Near);
    }

    [Fact]
    public void Internal_policy_local_takes_this_nodes_pods_only_and_its_terminating_ones_if_none_is_ready()
    {
        var service = ProxyObjects.Service();
        service.Spec.InternalTrafficPolicy = "Local";
        var view = One(service, ProxyObjects.Slice(("10.244.1.2", "node-1", false, true), ("10.244.2.2", "node-2", true, false)));

        Assert.Equal(new ServiceBackend("10.244.1.2", 8080), Assert.Single(view.Internal));
        Assert.Equal(new ServiceBackend("10.244.2.2", 8080), Assert.Single(view.All));
    }

    [Fact]
    public void Sticky_clients_are_kept_as_long_as_the_service_says()
    {
        var service = ProxyObjects.Service();
        service.Spec.SessionAffinity = "ClientIP";
        Assert.Equal(10800, One(service).StickySeconds);
        service.Spec.SessionAffinityConfig = new V1SessionAffinityConfig { ClientIP = new V1ClientIPConfig { TimeoutSeconds = 7 } };
        Assert.Equal(7, One(service).StickySeconds);
    }

    [Theory]
    [InlineData("1.2.3.4; flush ruleset")]
    [InlineData("1.2.3")]
    [InlineData("010.1.2.3")]
    [InlineData("127.0.0.1")]
    [InlineData("169.254.1.1")]
    [InlineData("224.0.0.1")]
    [InlineData("0.0.0.0")]
    [InlineData("fd00::1")]
    [InlineData("db.example.com")]
    [InlineData("")]
    public void Address_that_is_no_pods_is_left_out_and_told(string address)
    {
        var skipped = new List<string>();
        var view = Assert.Single(ServicePorts.Of(Here, ProxyObjects.Service(), [ProxyObjects.Slice((address, "node-1", true, false), ("10.244.1.2", "node-1", true, false))], skipped));

        Assert.Equal(new ServiceBackend("10.244.1.2", 8080), Assert.Single(view.All));
        Assert.Equal($"endpoint '{address}' of default/web is no address of a pod", Assert.Single(skipped));
    }

    [Theory]
    [InlineData("IPv6")]
    [InlineData("FQDN")]
    public void Slice_of_another_family_is_another_proxys(string type)
    {
        var slice = ProxyObjects.Slice(("10.244.1.2", "node-1", true, false));
        slice.AddressType = type;

        Assert.Empty(One(ProxyObjects.Service(), slice).All);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(65536)]
    public void Port_out_of_range_leads_nowhere(int port)
    {
        var slice = ProxyObjects.Slice(("10.244.1.2", "node-1", true, false));
        slice.Ports[0].Port = port;
        Assert.Empty(One(ProxyObjects.Service(), slice).All);

        var service = ProxyObjects.Service();
        service.Spec.Ports[0].Port = port;
        Assert.Empty(ServicePorts.Of(Here, service, [], []));
    }

    [Fact]
    public void Protocol_that_is_none_leads_nowhere()
    {
        var service = ProxyObjects.Service();
        service.Spec.Ports[0].Protocol = "TCP . 80 : drop }";

        Assert.Empty(ServicePorts.Of(Here, service, [], []));
    }

    [Fact]
    public void Ports_are_matched_by_name_and_protocol()
    {
        var service = ProxyObjects.Service();
        service.Spec.Ports = [new V1ServicePort { Name = "metrics", Port = 9090, Protocol = "TCP" }, new V1ServicePort { Name = "http", Port = 80, Protocol = "UDP" }];
        var views = ServicePorts.Of(Here, service, [ProxyObjects.Slice(("10.244.1.2", "node-1", true, false))], []);

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

        Assert.Empty(ServicePorts.Of(Here, service, [ProxyObjects.Slice(("10.244.1.2", "node-1", true, false))], []));
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

    private static string Text(IEnumerable<V1Service> services, IEnumerable<V1EndpointSlice> slices)
    {
        var programmed = new ProgrammedServices(Here, ProxyObjects.Network);
        programmed.Update(services, slices);
        return programmed.Table.Whole();
    }

    private static ServicePortView One(V1Service service, params V1EndpointSlice[] slices) => Assert.Single(ServicePorts.Of(Here, service, slices, []));
}
