using k8s.Models;
using NodeActor.Networking;

namespace Tests.Unit.Networking;

/// <summary>Services and slices for tests of the proxy.</summary>
internal static class ProxyObjects
{
    public static readonly NodeNetwork Network = new("10.244.1.0/24", "10.244.0.0/16", "10.96.0.0/16");

    public static V1Service Service(string name = "web", string address = "10.96.0.10", int nodePort = 30080) => new()
    {
        Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = "default" },
        Spec = new V1ServiceSpec
        {
            Type = nodePort > 0 ? "NodePort" : "ClusterIP",
            ClusterIP = address,
            ClusterIPs = [address],
            Ports = [new V1ServicePort { Name = "http", Port = 80, Protocol = "TCP", NodePort = nodePort > 0 ? nodePort : null }],
        },
    };

    public static V1EndpointSlice Slice(params (string Address, string Node, bool Ready, bool Terminating)[] endpoints) => SliceOf("web", endpoints);

    public static V1EndpointSlice SliceOf(string service, params (string Address, string Node, bool Ready, bool Terminating)[] endpoints) => new()
    {
        Metadata = new V1ObjectMeta
        {
            Name = service + "-1",
            NamespaceProperty = "default",
            Labels = new Dictionary<string, string> { [ServicePorts.ServiceNameLabel] = service },
        },
        AddressType = "IPv4",
        Ports = [new Discoveryv1EndpointPort { Name = "http", Port = 8080, Protocol = "TCP" }],
        Endpoints =
        [
            .. endpoints.Select(endpoint => new V1Endpoint
            {
                Addresses = [endpoint.Address],
                NodeName = endpoint.Node,
                Conditions = new V1EndpointConditions { Ready = endpoint.Ready, Serving = endpoint.Ready || endpoint.Terminating, Terminating = endpoint.Terminating },
            }),
        ],
    };
}
