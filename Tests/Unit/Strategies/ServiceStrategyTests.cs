using System.Text.Json.Nodes;
using Xunit;

namespace Tests.Unit.Strategies;

public sealed class ServiceStrategyTests
{
    private static readonly KindCase Service = new("", "services");

    [Fact]
    public void Defaults_fill_what_the_user_left_out() => Assert.Equal(
        """{"ports":[{"port":80,"protocol":"TCP","targetPort":80}],"type":"ClusterIP","sessionAffinity":"None","internalTrafficPolicy":"Cluster","ipFamilies":["IPv4"],"ipFamilyPolicy":"SingleStack"}""",
        Service.Created("""{"spec":{"ports":[{"port":80}]}}""")["spec"]!.ToJsonString());

    [Fact]
    public void Node_port_service_has_a_traffic_policy() =>
        Assert.Equal("Cluster", (string?)Service.Created("""{"spec":{"type":"NodePort","ports":[{"port":80}]}}""")["spec"]!["externalTrafficPolicy"]);

    [Theory]
    [InlineData("{}", "spec.ports: Required value")]
    [InlineData("""{"ports":[{"port":0}]}""", "spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive")]
    [InlineData("""{"ports":[{"port":1},{"port":2}]}""", "spec.ports[0].name: Required value")]
    [InlineData("""{"ports":[{"port":1,"name":"a"},{"port":2,"name":"a"}]}""", "spec.ports[1].name: Duplicate value: \"a\"")]
    [InlineData("""{"ports":[{"port":1,"name":"a"},{"port":1,"name":"b"}]}""", "spec.ports[1]: Duplicate value: {\"port\":1,\"protocol\":\"TCP\"}")]
    [InlineData("""{"ports":[{"port":1,"nodePort":30000}]}""", "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'")]
    [InlineData("""{"ports":[{"port":1,"targetPort":"Web"}]}""", "spec.ports[0].targetPort: Invalid value: \"Web\": must contain only alpha-numeric")]
    [InlineData("""{"type":"Tunnel","ports":[{"port":1}]}""", "spec.type: Unsupported value: \"Tunnel\": supported values: \"ClusterIP\", \"ExternalName\", \"LoadBalancer\", \"NodePort\"")]
    [InlineData("""{"type":"ExternalName"}""", "spec.externalName: Required value")]
    [InlineData("""{"clusterIP":"None","type":"NodePort","ports":[{"port":1}]}""", "spec.clusterIPs[0]: Invalid value: \"None\": may not be set to 'None' for NodePort services")]
    [InlineData("""{"clusterIP":"10.1","ports":[{"port":1}]}""", "spec.clusterIPs[0]: Invalid value: \"10.1\": must be a valid IP address")]
    [InlineData("""{"sessionAffinity":"Cookie","ports":[{"port":1}]}""", "spec.sessionAffinity: Unsupported value: \"Cookie\": supported values: \"ClientIP\", \"None\"")]
    [InlineData("""{"selector":{"a":"b c"},"ports":[{"port":1}]}""", "spec.selector: Invalid value: \"b c\"")]
    public void Spec_with_a_fault_is_refused(string spec, string message) =>
        Assert.Contains(Service.CreateFaults($$$$"""{"spec":{{{{spec}}}}}"""), fault => fault.StartsWith(message, StringComparison.Ordinal));

    [Theory]
    [InlineData("""{"clusterIP":"None"}""")]
    [InlineData("""{"type":"ExternalName","externalName":"db.example.com"}""")]
    [InlineData("""{"ports":[{"port":53,"name":"a","protocol":"UDP"},{"port":53,"name":"b"}]}""")]
    [InlineData("""{"type":"NodePort","ports":[{"port":1,"targetPort":"web","nodePort":30001}]}""")]
    public void Spec_without_fault_is_taken(string spec) => Assert.Empty(Service.CreateFaults($$$$"""{"spec":{{{{spec}}}}}"""));

    [Fact]
    public void Address_stays_once_it_is_allotted()
    {
        var stored = Allotted("""{"spec":{"ports":[{"port":80}]}}""");
        Assert.Contains("spec.clusterIPs[0]: Invalid value: [\"10.96.0.9\"]: may not change once set",
            Service.PatchFaults(stored, """{"spec":{"clusterIP":"10.96.0.9","clusterIPs":["10.96.0.9"]}}"""));
        Assert.Equal("10.96.0.7", (string?)Service.Updated(stored, """{"spec":{"ports":[{"port":81}]}}""")["spec"]!["clusterIP"]);
    }

    [Fact]
    public void Allotting_an_address_is_an_allowed_change()
    {
        var stored = Service.Create("""{"spec":{"ports":[{"port":80}]}}""");
        Assert.Equal("""["10.96.0.7"]""", Service.Patched(stored, """{"spec":{"clusterIP":"10.96.0.7"}}""")["spec"]!["clusterIPs"]!.ToJsonString());
    }

    [Fact]
    public void Node_port_stays_with_its_port_and_goes_with_the_type()
    {
        var stored = Allotted("""{"spec":{"type":"NodePort","ports":[{"port":80,"nodePort":30005}]}}""");
        Assert.Equal(30005, (int)Service.Updated(stored, """{"spec":{"type":"NodePort","ports":[{"port":80}]}}""")["spec"]!["ports"]![0]!["nodePort"]!);
        var inner = Service.Patched(stored, """{"spec":{"type":"ClusterIP"}}""")["spec"]!;
        Assert.Null(inner["ports"]![0]!["nodePort"]);
        Assert.Null(inner["externalTrafficPolicy"]);
        Assert.Equal("10.96.0.7", (string?)inner["clusterIP"]);
    }

    [Fact]
    public void Service_made_external_gives_up_its_address()
    {
        var spec = Service.Patched(Allotted("""{"spec":{"ports":[{"port":80}]}}"""), """{"spec":{"type":"ExternalName","externalName":"db.example.com"}}""")["spec"]!;
        Assert.Null(spec["clusterIP"]);
        Assert.Null(spec["clusterIPs"]);
    }

    private static ControlPlane.Objects.StoredObject Allotted(string json) => Service.With(Service.Create(json), tree =>
    {
        tree["spec"]!["clusterIP"] = "10.96.0.7";
        tree["spec"]!["clusterIPs"] = new JsonArray("10.96.0.7");
    });
}
