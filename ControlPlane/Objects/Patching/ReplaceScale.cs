using System.Text.Json.Nodes;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Objects.Patching;

/// <summary>Sets an object's number of replicas by replacing its Scale.</summary>
public sealed record ReplaceScale(long Replicas) : IObjectPatch
{
    /// <inheritdoc/>
    public PatchOutcome Apply(JsonObject current, KindDefinition kind)
    {
        if (Replicas < 0)
        {
            return ApiStatus.Invalid("autoscaling", "Scale", current.Metadata().Text("name"),
                [new("FieldValueInvalid", $"Invalid value: {Replicas}: must be greater than or equal to 0", "spec.replicas")]);
        }
        if (current["spec"] is JsonObject spec) spec["replicas"] = Replicas;
        return current;
    }
}
