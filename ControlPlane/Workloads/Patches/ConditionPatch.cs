using System.Text.Json.Nodes;
using ControlPlane.Objects;

namespace ControlPlane.Workloads.Patches;

/// <summary>Sets one condition of <c>status.conditions</c>, or, with <paramref name="Present"/> false, takes it away. The others stay.</summary>
public sealed record ConditionPatch(Condition Condition, bool Present, DateTimeOffset At) : IObjectPatch
{
    /// <inheritdoc/>
    public PatchOutcome Apply(JsonObject current, KindDefinition kind)
    {
        if (current["status"] is not JsonObject status) current["status"] = status = [];
        if (status["conditions"] is not JsonArray conditions) status["conditions"] = conditions = [];
        var old = conditions.OfType<JsonObject>().FirstOrDefault(entry => entry.Text("type") == Condition.Type);
        if (Present && old is not null && old.Text("status") == Condition.Status && old.Text("reason") == Condition.Reason) return current;
        if (old is not null) conditions.Remove(old);
        if (Present) conditions.Add(Set(old));
        if (conditions.Count == 0) status.Remove("conditions");
        return current;
    }

    private JsonObject Set(JsonObject? old)
    {
        var set = (Condition with { LastTransition = At }).ToJson();
        if (old is not null && old.Text("status") == Condition.Status && old["lastTransitionTime"] is { } kept) set["lastTransitionTime"] = kept.DeepClone();
        return set;
    }
}
