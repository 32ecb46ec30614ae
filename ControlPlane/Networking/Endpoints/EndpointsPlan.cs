using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Networking.Endpoints;

/// <summary>
/// Keeps the Endpoints object of a Service, for clients that have not moved to EndpointSlices: ready and not ready addresses by ports, pods that are
/// going left out, at most 1,000 addresses.
/// </summary>
internal static class EndpointsPlan
{
    public const int MostAddresses = 1000;
    private const string Truncated = "endpoints.kubernetes.io/over-capacity";
    private static readonly Requester By = Requester.Controller("endpoint-controller");

    private sealed record Content(string Subsets);

    public static ObjectCommand? Command(StoredObject service, ServiceSpec spec, ServiceEndpoints desired, IObjectView view)
    {
        var key = new ObjectKey("", "endpoints", service.Key.Namespace, service.Key.Name);
        var existing = view.Get(key);
        var subsets = Subsets(desired, spec, service.Key.Namespace, out var truncated);
        if (existing is not null)
        {
            // Not ours: its owner would only change it back.
            if (existing.Header.Controller is { } owner && owner.Uid != service.Uid) return null;
            if (Same(existing, subsets)) return null;
        }
        var basis = new EndpointBasis(desired.Pods, service.Revision, 0);
        var metadata = ServiceLabels.Metadata(key, service, Labels(service, spec), basis);
        if (truncated) metadata["annotations"]![Truncated] = "truncated";
        var json = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Endpoints", ["metadata"] = metadata, ["subsets"] = subsets };
        return existing is null
            ? new CreateObject(key, json, By)
            : new PatchObject(key, new DerivedContent(basis.ToString(), json.ToJsonString()), "", By) { Preconditions = new(existing.Uid) };
    }

    private static bool Same(StoredObject existing, JsonArray subsets)
    {
        var text = existing.Project(Read).Subsets;
        return text == subsets.ToJsonString(Compact) || JsonNode.DeepEquals(JsonNode.Parse(text), subsets);
    }

    private static readonly JsonSerializerOptions Compact = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static Content Read(StoredObject endpoints)
    {
        using var document = JsonDocument.Parse(endpoints.Json, ObjectLimits.Document);
        return new(document.RootElement.At("subsets") is { ValueKind: JsonValueKind.Array } subsets ? subsets.GetRawText() : "[]");
    }

    private static IEnumerable<KeyValuePair<string, string>> Labels(StoredObject service, ServiceSpec spec)
    {
        foreach (var label in service.Header.Labels)
        {
            if (label.Key != ServiceLabels.Headless) yield return label;
        }
        if (spec.IsHeadless) yield return new(ServiceLabels.Headless, "");
        yield return new("endpoints.kubernetes.io/managed-by", "endpoint-controller");
    }

    private static JsonArray Subsets(ServiceEndpoints desired, ServiceSpec spec, string @namespace, out bool truncated)
    {
        var (left, subsets) = (MostAddresses, new JsonArray());
        truncated = false;
        foreach (var group in desired.Groups)
        {
            // A pod that is going is not listed, unless the Service wants every address it can get.
            var listed = group.Endpoints.Where(endpoint => spec.PublishNotReadyAddresses || !endpoint.Terminating).ToImmutableArray();
            truncated |= listed.Length > left;
            var kept = listed.Take(left).ToImmutableArray();
            left -= kept.Length;
            if (kept.IsEmpty) continue;
            var subset = new JsonObject();
            if (kept.Any(endpoint => endpoint.Ready)) subset["addresses"] = Addresses(kept.Where(endpoint => endpoint.Ready), @namespace);
            if (kept.Any(endpoint => !endpoint.Ready)) subset["notReadyAddresses"] = Addresses(kept.Where(endpoint => !endpoint.Ready), @namespace);
            if (group.Ports.Length > 0) subset["ports"] = new JsonArray([.. group.Ports.Select(port => (JsonNode)Port(port))]);
            subsets.Add(subset);
        }
        return subsets;
    }

    private static JsonArray Addresses(IEnumerable<Endpoint> endpoints, string @namespace) => new(
        [.. endpoints.OrderBy(endpoint => endpoint.Address, StringComparer.Ordinal).ThenBy(endpoint => endpoint.Pod, StringComparer.Ordinal).Select(endpoint =>
        {
            var address = new JsonObject { ["ip"] = endpoint.Address };
            if (endpoint.Hostname.Length > 0) address["hostname"] = endpoint.Hostname;
            if (endpoint.Node.Length > 0) address["nodeName"] = endpoint.Node;
            address["targetRef"] = new JsonObject { ["kind"] = "Pod", ["namespace"] = @namespace, ["name"] = endpoint.Pod, ["uid"] = endpoint.PodUid };
            return (JsonNode)address;
        })]);

    private static JsonObject Port(EndpointPort port)
    {
        var json = new JsonObject();
        if (port.Name.Length > 0) json["name"] = port.Name;
        json["port"] = port.Port;
        json["protocol"] = port.Protocol;
        if (port.AppProtocol.Length > 0) json["appProtocol"] = port.AppProtocol;
        return json;
    }
}
