using System.Text.Json.Nodes;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Scheduling;

/// <summary>
/// Sets a pod's condition PodScheduled to False with reason Unschedulable. Leaves a pod alone that already says so or is bound by now; the
/// transition time changes with the status only.
/// </summary>
public sealed record PodUnschedulablePatch(string Message, DateTimeOffset At) : IObjectPatch
{
    public PatchOutcome Apply(JsonObject current, KindDefinition kind)
    {
        if (current.Text("spec", "nodeName").Length > 0) return current;
        Conditions.Set(current.Status(), Condition.Of("PodScheduled", false, "Unschedulable", Message) with { HasProbeTime = true }, At);
        return current;
    }
}
