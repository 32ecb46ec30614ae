using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Workloads.Pods;

/// <summary>The rule of placing a pod: only the pod that was looked at, only while it is wanted, and only once. Pure.</summary>
public static class PodBinding
{
    /// <summary>Sets <c>spec.nodeName</c> and the PodScheduled condition, or says why the pod cannot be bound.</summary>
    public static Proposal Propose(KindDefinition kind, StoredObject? state, BindPod bind, DateTimeOffset now)
    {
        if (state is null) return ApiStatus.NotFound(bind.Key);
        if (state.Uid != bind.Uid.Value) return ApiStatus.Conflict(bind.Key, $"Precondition failed: UID in precondition: {bind.Uid}, UID in object meta: {state.Uid}");
        if (state.Header.DeletionTimestamp is not null) return ApiStatus.Conflict(bind.Key, $"pod {bind.Key.Name} is being deleted, cannot be assigned to a host");
        if (state.Header.NodeName is { Length: > 0 } node)
        {
            return node == bind.Node.Value ? Decision.Keep(state) : ApiStatus.Conflict(bind.Key, $"pod {bind.Key.Name} is already assigned to node \"{node}\"");
        }
        var bound = state.ToJsonObject();
        bound.DefaultChild("spec")["nodeName"] = bind.Node.Value;
        Conditions.Set(bound.Status(), Condition.Of("PodScheduled", true) with { HasProbeTime = true }, now);
        return new PendingWrite(kind, state, bind, WriteOperation.Create, bound, now) { Subresource = "binding", Verb = "bind", Trusted = true };
    }
}
