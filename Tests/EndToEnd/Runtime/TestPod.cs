using System.Text.Json.Nodes;
using Shared.Api;

namespace Tests.EndToEnd.Runtime;

/// <summary>A pod for a real node.</summary>
internal sealed record TestPod(string Name)
{
    public PodUid Uid { get; } = new(Guid.NewGuid().ToString());
    public ObjectKey Key => new("", "pods", "default", Name);
    public JsonObject Spec { get; init; } = [];
    public JsonNode? Status { get; init; }
    public int? DeletionGrace { get; init; }

    public byte[] Json
    {
        get
        {
            var metadata = new JsonObject { ["name"] = Name, ["namespace"] = "default", ["uid"] = Uid.Value, ["labels"] = new JsonObject { ["app"] = "test" } };
            if (DeletionGrace is { } grace)
            {
                metadata["deletionTimestamp"] = "2030-01-01T00:00:00Z";
                metadata["deletionGracePeriodSeconds"] = grace;
            }
            var pod = new JsonObject
            {
                ["apiVersion"] = "v1",
                ["kind"] = "Pod",
                ["metadata"] = metadata,
                ["spec"] = Spec.DeepClone(),
                ["status"] = Status?.DeepClone() ?? new JsonObject { ["phase"] = "Pending", ["qosClass"] = "BestEffort" },
            };
            return System.Text.Encoding.UTF8.GetBytes(pod.ToJsonString());
        }
    }

    /// <summary>A pod of one busybox container that runs a script.</summary>
    public static TestPod Script(string name, string script, JsonObject? container = null, JsonObject? spec = null)
    {
        var whole = new JsonObject { ["containers"] = new JsonArray(Container("main", script, container)), ["terminationGracePeriodSeconds"] = 5 };
        foreach (var (field, value) in spec ?? []) whole[field] = value?.DeepClone();
        return new(name) { Spec = whole };
    }

    public static JsonObject Container(string name, string script, JsonObject? more = null)
    {
        var container = new JsonObject { ["name"] = name, ["image"] = "docker.io/demo/busybox:v1", ["command"] = new JsonArray("sh", "-c", script) };
        foreach (var (field, value) in more ?? []) container[field] = value?.DeepClone();
        return container;
    }
}
