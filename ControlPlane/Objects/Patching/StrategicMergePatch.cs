using System.Text.Json.Nodes;

namespace ControlPlane.Objects.Patching;

/// <summary>
/// A strategic merge patch: a merge patch that knows which lists merge by key, and obeys the directives <c>$patch</c>,
/// <c>$retainKeys</c>, <c>$setElementOrder/…</c> and <c>$deleteFromPrimitiveList/…</c>.
/// </summary>
public sealed class StrategicMergePatch : ClientPatch
{
    private readonly JsonObject _patch;

    internal StrategicMergePatch(ReadOnlyMemory<byte> body, JsonObject patch)
        : base(StrategicMergePatchType, body) => _patch = patch;

    /// <summary>A strategic merge patch of the control plane's own, which any member can carry out.</summary>
    public static StrategicMergePatch Of(JsonObject patch) => new(ObjectJson.ToUtf8(patch), patch);

    /// <inheritdoc/>
    public override PatchOutcome Apply(JsonObject current, KindDefinition kind)
    {
        try
        {
            return StrategicMerge.Merge(current, _patch, PatchSchema.Of(kind.Schema));
        }
        catch (PatchRefused refused)
        {
            return refused.Status;
        }
    }
}
