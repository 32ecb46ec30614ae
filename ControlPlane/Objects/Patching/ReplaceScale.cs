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
        Set(current, kind.Scale, Replicas);
        return current;
    }

    /// <summary>Sets the number of replicas in an object.</summary>
    public static void Set(JsonObject tree, ScalePaths paths, long replicas)
    {
        foreach (var member in paths.Replicas.AsSpan()[..^1]) tree = tree.DefaultChild(member);
        tree[paths.Replicas[^1]] = replicas;
    }
}
