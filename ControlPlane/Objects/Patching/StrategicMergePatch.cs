using System.Text.Json.Nodes;

namespace ControlPlane.Objects.Patching;

/// <summary>
/// A strategic merge patch: a merge patch that knows which lists merge by key, and obeys the directives <c>$patch</c>,
/// <c>$retainKeys</c>, <c>$setElementOrder/…</c> and <c>$deleteFromPrimitiveList/…</c>.
/// </summary>
internal static class StrategicMergePatch
{
    public static PatchOutcome Apply(JsonObject current, JsonObject patch, PatchSchema schema)
    {
        try
        {
            return new PatchOutcome(StrategicMerge.Merge(current, patch, schema), null) { Touched = StrategicMerge.Touched(patch) };
        }
        catch (PatchRefused refused)
        {
            return refused.Status;
        }
    }
}
