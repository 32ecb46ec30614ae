using System.Text.Json.Nodes;
using ControlPlane.Objects.Selectors;
using Shared.Json;

namespace ControlPlane.Objects.Patching;

/// <summary>The <c>scale</c> subresource: autoscaling/v1 Scale as a view of an object.</summary>
public static class ScaleView
{
    /// <summary>The Scale of an object.</summary>
    public static JsonObject Of(JsonObject tree, KindDefinition kind)
    {
        var selector = tree.At(kind.Scale.Selector.AsSpan());
        return new()
        {
            ["kind"] = "Scale",
            ["apiVersion"] = "autoscaling/v1",
            ["metadata"] = tree.Child("metadata").Pick("name", "namespace", "uid", "resourceVersion", "creationTimestamp"),
            ["spec"] = new JsonObject { ["replicas"] = tree.Number(kind.Scale.Replicas.AsSpan()) ?? 0 },
            ["status"] = new JsonObject
            {
                ["replicas"] = tree.Number(kind.Scale.Present.AsSpan()) ?? 0,
                ["selector"] = selector.TextOf() ?? LabelSelector.From(selector).ToString(),
            },
        };
    }
}
