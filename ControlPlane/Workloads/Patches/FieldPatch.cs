using System.Text.Json.Nodes;
using ControlPlane.Objects;

namespace ControlPlane.Workloads.Patches;

/// <summary>Sets the members it names and leaves the others: objects are merged, everything else is replaced, null removes.</summary>
public sealed record FieldPatch(JsonObject Fields) : IObjectPatch
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
        Merge(current, Fields);
        return current;
    }

    private static void Merge(JsonObject into, JsonObject fields)
    {
        foreach (var (member, value) in fields)
        {
            if (value is null) into.Remove(member);
            else if (value is JsonObject nested)
            {
                if (into[member] is not JsonObject target) into[member] = target = [];
                Merge(target, nested);
            }
            else into[member] = value.DeepClone();
        }
    }
}
