using System.Text.Json.Nodes;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Workloads.Patches;

/// <summary>Sets one condition of <c>status.conditions</c>, or, with <paramref name="Present"/> false, takes it away. The others stay.</summary>
public sealed record ConditionPatch(Condition Condition, bool Present, DateTimeOffset At) : IObjectPatch
{
    /// <inheritdoc/>
    public PatchOutcome Apply(JsonObject current, KindDefinition kind)
    {
        var status = current.Status();
        if (!Present) Conditions.Remove(status, Condition.Type);
        else if (Conditions.Find(status, Condition.Type) is not { } there || there.Status != Condition.Status || there.Reason != Condition.Reason) Conditions.Set(status, Condition, At);
        return current;
    }
}
