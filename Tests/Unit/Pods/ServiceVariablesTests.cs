using System.Text;
using NodeActor.Networking;
using NodeActor.Pods;
using NodeActor.Pods.Specs;
using Shared.Api;
using Xunit;

namespace Tests.Unit.Pods;

/// <summary>The variables by which containers find Services.</summary>
public sealed class ServiceVariablesTests
{
    [Fact]
    public void Service_has_the_kubelets_variables_in_order()
    {
        var variables = new ServiceVariables();
        variables.Show([Service("default", "kubernetes", "10.96.0.1", ("https", 443, "TCP")), Service("shop", "red-is", "10.96.0.9", ("db", 6379, "TCP"), ("", 53, "UDP"))]);
        Assert.Equal(
            [
                "KUBERNETES_SERVICE_HOST=10.96.0.1", "KUBERNETES_SERVICE_PORT=443", "KUBERNETES_SERVICE_PORT_HTTPS=443", "KUBERNETES_PORT=tcp://10.96.0.1:443",
                "KUBERNETES_PORT_443_TCP=tcp://10.96.0.1:443", "KUBERNETES_PORT_443_TCP_PROTO=tcp", "KUBERNETES_PORT_443_TCP_PORT=443", "KUBERNETES_PORT_443_TCP_ADDR=10.96.0.1",
                "RED_IS_SERVICE_HOST=10.96.0.9", "RED_IS_SERVICE_PORT=6379", "RED_IS_SERVICE_PORT_DB=6379", "RED_IS_PORT=tcp://10.96.0.9:6379",
                "RED_IS_PORT_6379_TCP=tcp://10.96.0.9:6379", "RED_IS_PORT_6379_TCP_PROTO=tcp", "RED_IS_PORT_6379_TCP_PORT=6379", "RED_IS_PORT_6379_TCP_ADDR=10.96.0.9",
                "RED_IS_PORT_53_UDP=udp://10.96.0.9:53", "RED_IS_PORT_53_UDP_PROTO=udp", "RED_IS_PORT_53_UDP_PORT=53", "RED_IS_PORT_53_UDP_ADDR=10.96.0.9",
            ],
            variables.Of("shop", links: true).Select(variable => $"{variable.Key}={variable.Value}"));
    }

    [Fact]
    public void Pod_without_links_and_one_of_another_namespace_know_the_api_only()
    {
        var variables = new ServiceVariables();
        variables.Show([Service("default", "kubernetes", "10.96.0.1", ("https", 443, "TCP")), Service("shop", "a", "10.96.0.9", ("db", 1, "TCP")), Service("shop", "headless", "None", ("db", 1, "TCP"))]);
        foreach (var (space, links) in new[] { ("shop", false), ("other", true) })
        {
            Assert.All(variables.Of(space, links), variable => Assert.StartsWith("KUBERNETES_", variable.Key, StringComparison.Ordinal));
        }
        Assert.DoesNotContain(variables.Of("shop", true), variable => variable.Key.StartsWith("HEADLESS", StringComparison.Ordinal));
    }

    [Fact]
    public void Node_that_has_heard_of_no_services_yet_starts_no_container() => Assert.Throws<SpecException>(() => new ServiceVariables().Of("default", true));

    private static FollowedObject Service(string space, string name, string address, params (string Name, int Port, string Protocol)[] ports)
    {
        var list = string.Join(',', ports.Select(port => $$"""{ "name": "{{port.Name}}", "port": {{port.Port}}, "protocol": "{{port.Protocol}}" }"""));
        var json = $$"""{ "apiVersion": "v1", "kind": "Service", "metadata": { "name": "{{name}}", "namespace": "{{space}}" }, "spec": { "clusterIP": "{{address}}", "ports": [ {{list}} ] } }""";
        return new(new ObjectKey("", "services", space, name), 1, Encoding.UTF8.GetBytes(json));
    }
}
