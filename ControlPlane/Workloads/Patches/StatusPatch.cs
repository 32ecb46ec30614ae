using System.Text.Json.Nodes;
using ControlPlane.Objects;

namespace ControlPlane.Workloads.Patches;

/// <summary>Replaces <c>status</c>. For the status subresource of a kind whose status has one writer.</summary>
public sealed record StatusPatch(JsonBytes Status) : IObjectPatch
{
    /// <inheritdoc/>
    public PatchOutcome Apply(JsonObject current, KindDefinition kind)
    {
        current["status"] = Status.ToJsonObject();
        return current;
    }
}
