using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Selectors;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Networking;

/// <summary>A port of a Service. A target is a number, or the name of a container port where <paramref name="TargetName"/> is not empty.</summary>
public sealed record ServicePort(string Name, string Protocol, int Port, int TargetPort, string TargetName, int NodePort, string AppProtocol);

/// <summary>What a Service's spec says, as far as addresses, ports and endpoints depend on it. Fields without a value read as their defaults.</summary>
public sealed record ServiceSpec
{
    public const string Headless = "None";

    public static GroupResource Services { get; } = new("", "services");

    public string Type { get; init; } = "ClusterIP";
    public string ClusterIp { get; init; } = "";

    /// <summary>The cluster IPs that are addresses.</summary>
    public ImmutableArray<string> Addresses { get; init; } = [];
    public ImmutableArray<ServicePort> Ports { get; init; } = [];

    /// <summary>Selects nothing where the Service has no selector: its endpoints are somebody else's business.</summary>
    public LabelSelector Selector { get; init; } = LabelSelector.Nothing;
    public bool HasSelector { get; init; }
    public bool PublishNotReadyAddresses { get; init; }

    public bool IsHeadless => ClusterIp == Headless;
    public bool NeedsAddress => Type != "ExternalName";
    public bool NeedsNodePorts => Type is "NodePort" or "LoadBalancer";

    /// <summary>Whether endpoints are made for it.</summary>
    public bool HasEndpoints => HasSelector && Type != "ExternalName";

    public static ObjectKey KeyOf(string @namespace, string name) => new(Services.Group, Services.Resource, @namespace, name);

    /// <summary>The spec of a Service, kept with this version of it.</summary>
    public static ServiceSpec Of(StoredObject service) => service.Project(static stored => Read(stored.ToJsonObject()));

    /// <summary>Reads a Service. Members of an unexpected type are passed over: validation is not this type's work.</summary>
    public static ServiceSpec Read(JsonObject service)
    {
        if (service.Child("spec") is not { } spec) return new();
        var selector = spec.TextMap("selector");
        var type = spec.Text("type") is { Length: > 0 } named ? named : "ClusterIP";
        var clusterIp = spec.Text("clusterIP");
        var all = spec.Texts("clusterIPs");
        return new()
        {
            Type = type,
            ClusterIp = clusterIp,
            Addresses = type == "ExternalName" ? [] : [.. all.Prepend(clusterIp).Where(address => address.Length > 0 && address != Headless).Distinct()],
            Ports = [.. spec.Objects("ports").Select(Port)],
            Selector = LabelSelector.FromMap(selector),
            HasSelector = selector.Count > 0,
            PublishNotReadyAddresses = spec.Flag("publishNotReadyAddresses") == true,
        };
    }

    private static ServicePort Port(JsonObject port)
    {
        var number = (int)(port.Number("port") ?? 0);
        var targetName = port.Text("targetPort");
        // A quoted number is a number, too.
        var target = int.TryParse(targetName, out var quoted) ? quoted : (int?)port.Number("targetPort");
        return new(
            port.Text("name"),
            port.Text("protocol") is { Length: > 0 } protocol ? protocol : "TCP",
            number,
            target is { } given and > 0 ? given : number,
            target is null ? targetName : "",
            (int)(port.Number("nodePort") ?? 0),
            port.Text("appProtocol"));
    }
}
