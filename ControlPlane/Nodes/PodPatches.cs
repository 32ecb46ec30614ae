using System.Text.Json.Nodes;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;
using Shared.Protocol;

namespace ControlPlane.Nodes;

/// <summary>
/// A node's report of a pod's status. Refused if the pod is another one or is not bound to that node; a phase that is final stays. Only what
/// <see cref="PodStatusOwnership"/> gives to nodes is taken from it, and conditions it does not name are kept.
/// </summary>
internal sealed record PodStatusPatch(ObjectKey Pod, PodUid Uid, NodeName Node, JsonBytes Reported) : IObjectPatch
{
    public PatchOutcome Apply(JsonObject current, KindDefinition kind)
    {
        if (current.Metadata().Text("uid") != Uid.Value) return ApiStatus.NotFound(Pod);
        if (current.Text("spec", "nodeName") != Node.Value) return ApiStatus.Forbidden($"pod {Pod.Namespace}/{Pod.Name} is not bound to node {Node}");
        var before = current.Status();
        var was = before.Text("phase");
        var final = was is "Succeeded" or "Failed";
        var after = Reported.ToJsonObject();
        if (final && after.Text("phase") != was) return ApiStatus.Conflict(Pod, $"the pod has ended as {was}");
        foreach (var member in PodStatusOwnership.Members)
        {
            if (after[member] is { } value) before[member] = value.DeepClone();
            else before.Remove(member);
        }
        foreach (var condition in after.Objects("conditions").Where(one => PodStatusOwnership.Conditions.Contains(one.Text("type")))) Conditions.Put(before, condition);
        return current;
    }
}

/// <summary>Takes a pod of a lost node out of service: whether it still runs is not known, but nothing must be sent to it.</summary>
internal sealed record PodNotReadyPatch(DateTimeOffset Now) : IObjectPatch
{
    public PatchOutcome Apply(JsonObject current, KindDefinition kind)
    {
        Conditions.Set(current.Status(), Condition.Of("Ready", false, "NodeNotReady", "The node has stopped answering."), Now);
        return current;
    }
}
