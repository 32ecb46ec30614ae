using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Networking.Allocation;
using ControlPlane.Networking.Endpoints;
using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Networking.Services;

/// <summary>
/// The <c>kubernetes</c> Service in <c>default</c>, through which pods reach the API: the first address of the service range, port 443, and the
/// control planes as its endpoints. Pure: a plan against a view, empty once all is in place. Needs the namespace to exist.
/// </summary>
public static class ApiServerService
{
    private const string Name = "kubernetes";
    private const string Namespace = "default";

    /// <summary>The Service.</summary>
    public static ObjectKey Key { get; } = ServiceSpec.KeyOf(Namespace, Name);

    private static readonly Requester By = Requester.Controller("kube-apiserver");

    /// <param name="view">The local watch cache.</param>
    /// <param name="addresses">The addresses of all gateways.</param>
    /// <param name="port">The port they listen on.</param>
    /// <param name="options">Where the Service's address comes from.</param>
    /// <param name="now">The time of the claim.</param>
    public static ImmutableArray<ObjectCommand> Commands(
        IObjectView view, IReadOnlyList<string> addresses, int port, ServiceNetworkOptions options, DateTimeOffset now)
    {
        if (!AddressRange.TryParse(options.ServiceCidr, out var range)) throw new ArgumentException($"'{options.ServiceCidr}' is not a range for cluster IPs.", nameof(options));
        var commands = ImmutableArray.CreateBuilder<ObjectCommand>();
        var service = Key;
        var sorted = addresses.Distinct().Order(StringComparer.Ordinal).ToArray();
        Ensure(view, service, Service(range.First, port), AdoptPorts, commands);
        if (view.Get(service) is { } live && view.Get(ServiceClaim.AddressKey(range.First)) is null)
        {
            commands.Add(new CreateObject(ServiceClaim.AddressKey(range.First), new ServiceClaim(ServiceClaim.AddressKey(range.First), service, live.Uid, now).ToJson(), By));
        }
        Ensure(view, new(SliceContent.Slices.Group, SliceContent.Slices.Resource, Namespace, Name), Slice(sorted, port), AdoptAll, commands);
        Ensure(view, new("", "endpoints", Namespace, Name), Endpoints(sorted, port), AdoptAll, commands);
        return commands.DrainToImmutable();
    }

    /// <param name="view">The local watch cache.</param>
    /// <param name="key">The object that must be there.</param>
    /// <param name="wanted">What it must say.</param>
    /// <param name="adopt">Makes the first say what the second does; false if it does.</param>
    /// <param name="commands">Where to add the command it takes.</param>
    private static void Ensure(
        IObjectView view, ObjectKey key, JsonObject wanted, Func<JsonObject, JsonObject, bool> adopt, ImmutableArray<ObjectCommand>.Builder commands)
    {
        if (view.Get(key) is not { } live)
        {
            commands.Add(new CreateObject(key, wanted, By));
            return;
        }
        var tree = live.ToJsonObject();
        if (adopt(tree, wanted)) commands.Add(new UpdateObject(key, tree, "", By) { Preconditions = new(live.Uid, live.Revision) });
    }

    /// <summary>The address of a Service is for life; its target may move with the gateway.</summary>
    private static bool AdoptPorts(JsonObject now, JsonObject wanted)
    {
        if (ServiceSpec.Read(now).Ports.SequenceEqual(ServiceSpec.Read(wanted).Ports)) return false;
        now["spec"]!["ports"] = wanted["spec"]!["ports"]!.DeepClone();
        return true;
    }

    private static bool AdoptAll(JsonObject now, JsonObject wanted)
    {
        var changed = false;
        foreach (var (member, value) in wanted)
        {
            if (member == "metadata" || JsonNode.DeepEquals(now[member], value)) continue;
            now[member] = value?.DeepClone();
            changed = true;
        }
        return changed;
    }

    private static JsonObject Service(string address, int port) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Service",
        ["metadata"] = new JsonObject
        {
            ["name"] = Name,
            ["namespace"] = Namespace,
            ["labels"] = new JsonObject { ["component"] = "apiserver", ["provider"] = "kubernetes" },
        },
        ["spec"] = new JsonObject
        {
            ["type"] = "ClusterIP",
            ["clusterIP"] = address,
            ["clusterIPs"] = new JsonArray(address),
            ["ipFamilies"] = new JsonArray("IPv4"),
            ["ipFamilyPolicy"] = "SingleStack",
            ["internalTrafficPolicy"] = "Cluster",
            ["sessionAffinity"] = "None",
            ["ports"] = new JsonArray(new JsonObject { ["name"] = "https", ["port"] = 443, ["protocol"] = "TCP", ["targetPort"] = port }),
        },
    };

    private static JsonObject Slice(IEnumerable<string> addresses, int port) => new()
    {
        ["apiVersion"] = "discovery.k8s.io/v1",
        ["kind"] = "EndpointSlice",
        ["metadata"] = new JsonObject { ["name"] = Name, ["namespace"] = Namespace, ["labels"] = new JsonObject { [SliceContent.ServiceNameLabel] = Name } },
        ["addressType"] = "IPv4",
        ["endpoints"] = new JsonArray([.. addresses.Select(address => (JsonNode)new JsonObject
        {
            ["addresses"] = new JsonArray(address),
            ["conditions"] = new JsonObject { ["ready"] = true },
        })]),
        ["ports"] = new JsonArray(new JsonObject { ["name"] = "https", ["port"] = port, ["protocol"] = "TCP" }),
    };

    private static JsonObject Endpoints(IEnumerable<string> addresses, int port) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Endpoints",
        ["metadata"] = new JsonObject
        {
            ["name"] = Name,
            ["namespace"] = Namespace,
            ["labels"] = new JsonObject { ["endpointslice.kubernetes.io/skip-mirror"] = "true" },
        },
        ["subsets"] = new JsonArray(new JsonObject
        {
            ["addresses"] = new JsonArray([.. addresses.Select(address => (JsonNode)new JsonObject { ["ip"] = address })]),
            ["ports"] = new JsonArray(new JsonObject { ["name"] = "https", ["port"] = port, ["protocol"] = "TCP" }),
        }),
    };
}
