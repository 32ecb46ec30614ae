using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Networking.Endpoints;

/// <summary>What an EndpointSlice says, read from a version once.</summary>
public sealed record SliceContent(ImmutableArray<EndpointPort> Ports, ImmutableArray<Endpoint> Endpoints, EndpointBasis Basis, ImmutableDictionary<string, string> Labels)
{
    public const string ServiceNameLabel = "kubernetes.io/service-name";
    public const string ManagedByLabel = "endpointslice.kubernetes.io/managed-by";
    public const string ManagedBy = "endpointslice-controller.k8s.io";

    public static GroupResource Slices { get; } = new("discovery.k8s.io", "endpointslices");

    /// <summary>Whether the slice is one of those this control plane makes for Services with a selector.</summary>
    public static bool IsOurs(StoredObject slice) =>
        slice.Key.GroupResource == Slices && slice.Header.Labels.TryGetValue(ManagedByLabel, out var by) && by == ManagedBy;

    /// <summary>The content of a slice, kept with this version of it.</summary>
    public static SliceContent Of(StoredObject slice) => slice.Project(Read);

    /// <summary>The endpoint of a pod; null if it is not listed.</summary>
    public Endpoint? Find(string podUid)
    {
        foreach (var endpoint in Endpoints)
        {
            if (endpoint.PodUid == podUid) return endpoint;
        }
        return null;
    }

    /// <summary>The members of a slice that this content stands for.</summary>
    public static JsonObject ToJson(ImmutableArray<EndpointPort> ports, IEnumerable<Endpoint> endpoints, string @namespace) => new()
    {
        ["addressType"] = "IPv4",
        ["endpoints"] = new JsonArray([.. endpoints.Select(endpoint => (JsonNode)ToJson(endpoint, @namespace))]),
        ["ports"] = new JsonArray([.. ports.Select(port => (JsonNode)ToJson(port))]),
    };

    private static JsonObject ToJson(Endpoint endpoint, string @namespace)
    {
        var json = new JsonObject
        {
            ["addresses"] = new JsonArray(endpoint.Address),
            ["conditions"] = new JsonObject { ["ready"] = endpoint.Ready, ["serving"] = endpoint.Serving, ["terminating"] = endpoint.Terminating },
        };
        if (endpoint.Hostname.Length > 0) json["hostname"] = endpoint.Hostname;
        if (endpoint.Node.Length > 0) json["nodeName"] = endpoint.Node;
        json["targetRef"] = new JsonObject { ["kind"] = "Pod", ["namespace"] = @namespace, ["name"] = endpoint.Pod, ["uid"] = endpoint.PodUid };
        if (endpoint.Zone.Length > 0) json["zone"] = endpoint.Zone;
        return json;
    }

    private static JsonObject ToJson(EndpointPort port)
    {
        var json = new JsonObject { ["name"] = port.Name, ["port"] = port.Port, ["protocol"] = port.Protocol };
        if (port.AppProtocol.Length > 0) json["appProtocol"] = port.AppProtocol;
        return json;
    }

    private static SliceContent Read(StoredObject slice)
    {
        var json = slice.ToJsonObject();
        return new(
            [.. json.Objects("ports").Select(port =>
                new EndpointPort(port.Text("name"), port.Text("protocol"), (int)(port.Number("port") ?? 0), port.Text("appProtocol")))],
            [.. json.Objects("endpoints").Select(ReadEndpoint)],
            EndpointBasis.Parse(json.Text("metadata", "annotations", EndpointBasis.Annotation)),
            slice.Header.Labels.ToImmutableDictionary());
    }

    private static Endpoint ReadEndpoint(JsonObject endpoint)
    {
        var conditions = endpoint.Child("conditions");
        var pod = endpoint.Child("targetRef");
        // Consumers take an absent ready, and an absent serving, for true.
        return new(
            endpoint.Texts("addresses").FirstOrDefault() ?? "",
            conditions.Flag("ready") ?? true,
            conditions.Flag("serving") ?? true,
            conditions.Flag("terminating") ?? false,
            pod.Text("name"),
            pod.Text("uid"),
            endpoint.Text("nodeName"),
            endpoint.Text("zone"),
            endpoint.Text("hostname"));
    }
}
