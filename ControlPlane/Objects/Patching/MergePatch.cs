using System.Text.Json.Nodes;
using Shared.Json;

namespace ControlPlane.Objects.Patching;

/// <summary>A JSON merge patch (RFC 7386): members replace, objects merge, null removes, lists are replaced whole.</summary>
public static class MergePatch
{
    /// <summary>Merges a patch into an object, in place. The patch stays as it was.</summary>
    public static void Merge(JsonObject target, JsonObject patch)
    {
        foreach (var (member, change) in patch)
        {
            if (change is null) target.Remove(member);
            else if (change is not JsonObject nested) target[member] = change.DeepClone();
            else
            {
                // Merging into an empty object is what drops the nulls of a subtree that is new.
                var inner = target.DefaultChild(member);
                Merge(inner, nested);
            }
        }
    }
}
