using System.Text.Json.Nodes;
using NodeActor.Pods.Machine;

namespace NodeActor.Pods.Status;

/// <summary>Writes the conditions a node answers for, in the kubelet's words.</summary>
internal static class PodConditions
{
    /// <summary>A condition without its times.</summary>
    private sealed record Condition(string Type, bool Status, string Reason = "", string Message = "");

    /// <summary>
    /// The node's conditions and no others: what is known of those here may be old. A transition time is kept while the status does not change.
    /// </summary>
    public static JsonArray Build(PodState state, ContainerPlan plan, string phase, IReadOnlyList<ContainerReport> reports, DateTimeOffset now)
    {
        var stored = state.Definition?.Status["conditions"] as JsonArray ?? [];
        var before = (state.Told?["conditions"] as JsonArray ?? stored).OfType<JsonObject>().ToArray();
        var conditions = new JsonArray();
        foreach (var one in All(state, plan, phase, reports)) conditions.Add((JsonNode)Render(one, before, now));
        return conditions;
    }

    private static IEnumerable<Condition> All(PodState state, ContainerPlan plan, string phase, IReadOnlyList<ContainerReport> reports)
    {
        yield return new("PodReadyToStartContainers", state.Observed?.Current is not null);
        yield return Initialized(plan, phase, reports);
        var containers = ContainersReady(phase, reports);
        yield return containers with { Type = "ContainersReady" };
        yield return Ready(state, containers);
    }

    private static Condition Initialized(ContainerPlan plan, string phase, IReadOnlyList<ContainerReport> reports)
    {
        if (phase == PodPhase.Succeeded) return new("Initialized", true, "PodCompleted");
        if (plan.Initialized) return new("Initialized", true);
        var waiting = reports.Where(one => one.Container.Role == ContainerRole.Init ? !one.Ready : one.Container.Role == ContainerRole.Sidecar && !one.Started);
        var names = waiting.Select(one => one.Container.Name).ToArray();
        return names.Length == 0
            ? new("Initialized", true)
            : new("Initialized", false, "ContainersNotInitialized", $"containers with incomplete status: [{string.Join(' ', names)}]");
    }

    private static Condition ContainersReady(string phase, IReadOnlyList<ContainerReport> reports)
    {
        if (phase == PodPhase.Succeeded) return new("", false, "PodCompleted");
        if (phase == PodPhase.Failed) return new("", false, "PodFailed");
        var unready = reports.Where(one => one.Container.Role != ContainerRole.Init && !one.Ready).Select(one => one.Container.Name).ToArray();
        return unready.Length == 0
            ? new("", true)
            : new("", false, "ContainersNotReady", $"containers with unready status: [{string.Join(' ', unready)}]");
    }

    private static Condition Ready(PodState state, Condition containers)
    {
        if (!containers.Status) return containers with { Type = "Ready" };
        var stored = (state.Definition?.Status["conditions"] as JsonArray ?? []).OfType<JsonObject>().ToArray();
        var missing = (state.Definition?.Spec.ReadinessGates ?? [])
            .Select(gate => (gate.ConditionType, Found: stored.FirstOrDefault(one => Type(one) == gate.ConditionType)))
            .Where(gate => gate.Found?["status"]?.GetValue<string>() != "True")
            .Select(gate => gate.Found is null
                ? $"corresponding condition of pod readiness gate \"{gate.ConditionType}\" does not exist."
                : $"the status of pod readiness gate \"{gate.ConditionType}\" is not \"True\", but {gate.Found["status"]?.GetValue<string>()}")
            .ToArray();
        return missing.Length == 0 ? new("Ready", true) : new("Ready", false, "ReadinessGatesNotReady", string.Join(", ", missing));
    }

    private static JsonObject Render(Condition condition, IEnumerable<JsonObject> before, DateTimeOffset now)
    {
        var status = condition.Status ? "True" : "False";
        var old = before.FirstOrDefault(one => Type(one) == condition.Type);
        var kept = old?["status"]?.GetValue<string>() == status ? old["lastTransitionTime"]?.GetValue<string>() : null;
        var json = new JsonObject
        {
            ["type"] = condition.Type,
            ["status"] = status,
            ["lastProbeTime"] = null,
            ["lastTransitionTime"] = kept ?? ContainerStatusBuilder.Time(now),
        };
        if (condition.Reason.Length > 0) json["reason"] = condition.Reason;
        if (condition.Message.Length > 0) json["message"] = condition.Message;
        return json;
    }

    private static string Type(JsonObject condition) => condition["type"]?.GetValue<string>() ?? "";
}
