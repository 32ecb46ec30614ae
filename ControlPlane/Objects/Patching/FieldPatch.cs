using System.Text.Json.Nodes;

namespace ControlPlane.Objects.Patching;

/// <summary>Sets the members it names and leaves the others: objects are merged, everything else is replaced, null removes.</summary>
public sealed record FieldPatch(JsonBytes Fields) : IObjectPatch
{
    /// <summary>Sets annotations.</summary>
    public static FieldPatch Annotations(params IEnumerable<KeyValuePair<string, string>> annotations)
    {
        var set = new JsonObject(annotations.Select(entry => KeyValuePair.Create(entry.Key, (JsonNode?)entry.Value)));
        return new(new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = set } });
    }

    /// <inheritdoc/>
    public PatchOutcome Apply(JsonObject current, KindDefinition kind)
    {
        MergePatch.Merge(current, Fields.ToJsonObject());
        return current;
    }
}
