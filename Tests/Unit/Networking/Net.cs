using System.Text.Json.Nodes;
using ControlPlane.Networking;
using ControlPlane.Networking.Allocation;
using ControlPlane.Networking.Endpoints;
using ControlPlane.Objects;
using Shared.Api;
using Tests.Support;
using Tests.Unit.Scheduling;
using Endpoint = ControlPlane.Networking.Endpoints.Endpoint;

namespace Tests.Unit.Networking;

/// <summary>Services and pods for tests.</summary>
internal static class Net
{
    public static Requester User { get; } = new("alice", "kubectl", []);

    public static ObjectKey Key(string name) => ServiceSpec.KeyOf("default", name);

    public static JsonObject Service(string name, string spec) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Service",
        ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = "default" },
        ["spec"] = JsonNode.Parse(spec),
    };

    public static CreateObject Create(string name, string spec = """{"ports":[{"port":80,"protocol":"TCP","targetPort":8080}]}""") => new(Key(name), Service(name, spec), User);

    public static string Text(this StoredObject stored, params object[] path)
    {
        JsonNode? node = stored.ToJsonObject();
        foreach (var step in path) node = step is int index ? node?[index] : node?[(string)step];
        return node?.ToString() ?? "";
    }

    /// <summary>A pod behind <c>app=web</c> as it is on a node.</summary>
    public static StoredObject Pod(string name, bool ready = true, bool deleting = false, string phase = "Running", string ip = "10.244.0.1", string app = "web", string spec = "{}", string uid = "") =>
        Some.Changed(Some.Pod(name, node: "n1", phase: phase, deleting: deleting, spec: spec, uid: uid), json =>
        {
            json["metadata"]!["labels"] = new JsonObject { ["app"] = app };
            json["status"]!["podIP"] = ip;
            json["status"]!["conditions"] = new JsonArray(new JsonObject { ["type"] = "Ready", ["status"] = ready ? "True" : "False" });
        });

    public static StoredObject[] Slices(this ObjectStore store, string service) =>
        [.. store.Cache.List(SliceContent.Slices, "default").Where(slice => slice.Header.Labels[SliceContent.ServiceNameLabel] == service)];

    public static Endpoint[] Endpoints(this ObjectStore store, string service) => [.. store.Slices(service).SelectMany(slice => SliceContent.Of(slice).Endpoints)];

    public static string[] Claims(this ObjectStore store) =>
        [.. store.Cache.List(ServiceClaim.Addresses).Objects.Concat(store.Cache.List(ServiceClaim.Others).Objects).Select(claim => claim.Key.Name)];
}
