using System.Text.Json.Nodes;
using ControlPlane.Objects;

namespace ControlPlane.Scheduling;

/// <summary>
/// Sets a pod's condition PodScheduled to False with reason Unschedulable. Leaves a pod alone that already says so or is bound by now; the
/// transition time changes with the status only.
/// </summary>
public sealed record PodUnschedulablePatch(string Message, DateTimeOffset At) : IObjectPatch
{
    public PatchOutcome Apply(JsonObject current, KindDefinition kind)
    {
        if ((current["spec"] as JsonObject).Text("nodeName").Length > 0) return current;
        if (current["status"] is not JsonObject status) current["status"] = status = [];
        if (status["conditions"] is not JsonArray conditions) status["conditions"] = conditions = [];
        var condition = conditions.OfType<JsonObject>().FirstOrDefault(entry => entry.Text("type") == "PodScheduled");
        if (condition is null) conditions.Add(condition = new JsonObject { ["type"] = "PodScheduled" });
        if (condition.Text("status") != "False")
        {
            condition["status"] = "False";
            condition["lastProbeTime"] = null;
            condition["lastTransitionTime"] = ObjectJson.Timestamp(At);
        }
        condition["reason"] = "Unschedulable";
        condition["message"] = Message;
        return current;
    }
}
