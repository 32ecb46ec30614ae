using System.Text.Json.Nodes;
using ControlPlane.Objects.Selectors;
using Shared.Json;

namespace ControlPlane.Objects.Patching;

/// <summary>The <c>scale</c> subresource: autoscaling/v1 Scale as a view of <c>spec.replicas</c>.</summary>
public static class ScaleView
{
    /// <summary>The Scale of an object.</summary>
    public static JsonObject Of(JsonObject tree)
    {
        return new()
        {
            ["kind"] = "Scale",
            ["apiVersion"] = "autoscaling/v1",
            ["metadata"] = tree.Child("metadata").Pick("name", "namespace", "uid", "resourceVersion", "creationTimestamp"),
            ["spec"] = new JsonObject { ["replicas"] = tree.Number("spec", "replicas") ?? 0 },
            ["status"] = new JsonObject
            {
                ["replicas"] = tree.Number("status", "replicas") ?? 0,
                ["selector"] = LabelSelector.From(tree["spec"]?["selector"]).ToString(),
            },
        };
    }
}
