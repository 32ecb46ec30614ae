using System.Text.Json.Nodes;
using NodeActor.Pods.Machine;
using Shared.Api;

namespace Tests.Unit.Pods;

/// <summary>Pods as the API server would hand them to a node.</summary>
internal static class TestPods
{
    public static readonly PodUid Uid = new("11111111-2222-3333-4444-555555555555");
    public static readonly ObjectKey Key = new("", "pods", "default", "web");

    public static JsonObject Container(string name) => new() { ["name"] = name, ["image"] = "demo/web:v1" };

    /// <summary>A pod of these containers; <paramref name="spec"/> is merged into its spec.</summary>
    public static JsonObject Json(IEnumerable<JsonObject> containers, JsonObject? spec = null, JsonObject? status = null)
    {
        var pod = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Pod",
            ["metadata"] = new JsonObject { ["name"] = Key.Name, ["namespace"] = Key.Namespace, ["uid"] = Uid.Value },
            ["spec"] = new JsonObject { ["containers"] = new JsonArray([.. containers.Select(one => (JsonNode)one)]), ["terminationGracePeriodSeconds"] = 5 },
            ["status"] = status ?? new JsonObject { ["phase"] = "Pending", ["qosClass"] = "BestEffort" },
        };
        foreach (var (name, value) in spec ?? []) pod["spec"]![name] = value?.DeepClone();
        return pod;
    }

    public static PodDefinition Parse(JsonObject pod) => PodDefinition.Parse(Bytes(pod));

    public static byte[] Bytes(JsonObject pod) => System.Text.Encoding.UTF8.GetBytes(pod.ToJsonString());

    /// <summary>The same pod, marked for deletion.</summary>
    public static JsonObject Deleted(JsonObject pod, int graceSeconds)
    {
        var copy = (JsonObject)pod.DeepClone();
        copy["metadata"]!["deletionTimestamp"] = "2030-01-01T00:00:00Z";
        copy["metadata"]!["deletionGracePeriodSeconds"] = graceSeconds;
        return copy;
    }

    /// <summary>A pod of one container, "web", that runs.</summary>
    public static PodWorld Started(JsonObject? container = null, JsonObject? spec = null)
    {
        var world = new PodWorld(Json([container ?? Container("web")], spec));
        world.Settle();
        return world;
    }

    /// <summary>The container "web" with one member more.</summary>
    public static JsonObject With(string name, JsonNode value)
    {
        var container = Container("web");
        container[name] = value;
        return container;
    }
}
