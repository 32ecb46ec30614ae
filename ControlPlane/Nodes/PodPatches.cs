using System.Text.Json.Nodes;
using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Nodes;

/// <summary>
/// A node's report of a pod's status. Refused if the pod is another one or is not bound to that node; a phase that is final stays, and conditions the
/// node does not name are kept.
/// </summary>
internal sealed record PodStatusPatch(ObjectKey Pod, PodUid Uid, NodeName Node, JsonBytes Reported) : IObjectPatch
{
    public PatchOutcome Apply(JsonObject current, KindDefinition kind)
    {
        if (current.Metadata().Text("uid") != Uid.Value) return ApiStatus.NotFound(Pod);
        if ((current["spec"] as JsonObject).Text("nodeName") != Node.Value) return ApiStatus.Forbidden($"pod {Pod.Namespace}/{Pod.Name} is not bound to node {Node}");
        var before = current.Status();
        var was = before.Text("phase");
        var final = was is "Succeeded" or "Failed";
        var after = Reported.ToJsonObject();
        if (final && after.Text("phase") != was) return ApiStatus.Conflict(Pod, $"the pod has ended as {was}");
        KeepConditions(before, after);
        if (!after.ContainsKey("qosClass") && before["qosClass"] is { } quality) after["qosClass"] = quality.DeepClone();
        current["status"] = after;
        return current;
    }

    private static void KeepConditions(JsonObject before, JsonObject after)
    {
        if (before["conditions"] is not JsonArray known) return;
        if (after["conditions"] is not JsonArray reported) after["conditions"] = reported = [];
        var named = reported.OfType<JsonObject>().Select(condition => condition.Text("type")).ToHashSet(StringComparer.Ordinal);
        var kept = known.OfType<JsonObject>().Where(condition => !named.Contains(condition.Text("type"))).ToArray();
        foreach (var condition in kept.Reverse()) reported.Insert(0, condition.DeepClone());
    }
}

/// <summary>Takes a pod of a lost node out of service: whether it still runs is not known, but nothing must be sent to it.</summary>
internal sealed record PodNotReadyPatch(DateTimeOffset Now) : IObjectPatch
{
    public PatchOutcome Apply(JsonObject current, KindDefinition kind)
    {
        ConditionList.Set(current.Status(), "Ready", "False", "NodeNotReady", "The node has stopped answering.", Now);
        return current;
    }
}
