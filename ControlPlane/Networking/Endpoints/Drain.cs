using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Networking.Endpoints;

/// <summary>Whether a pod has left the endpoints, and the revision a proxy must have applied to know it.</summary>
public readonly record struct DrainState(bool IsDrained, long AtRevision)
{
    public static DrainState NotDrained { get; } = new(false, 0);
    public static DrainState At(long revision) => new(true, revision);
}

/// <summary>
/// Answers, before a pod is told to stop, whether traffic still goes to it. Once drained a pod stays drained:
/// <list type="bullet">
/// <item>the slice that lists it says that it is terminating, so whoever computed it has seen its deletion, which is never taken back;</item>
/// <item>every slice of the Service was computed at or after that (the fence), and a slice refuses what was computed from an older view: a write
/// that was on its way when the pod was deleted cannot list it as ready any more, in whichever slice.</item>
/// </list>
/// Services that publish addresses that are not ready want traffic to go there; they are not waited for.
/// </summary>
public static class Drain
{
    /// <summary>
    /// Looks for a pod. Not drained: it is not being deleted, or a Service that selects it has not taken note, or an endpoint still lists it as
    /// ready. A pod that is gone, or has been replaced by another of its name, is drained once no endpoint lists it as ready.
    /// </summary>
    public static DrainState Find(IObjectView view, ObjectKey pod, PodUid uid)
    {
        var live = view.Get(pod) is { } found && found.Uid == uid.Value ? found : null;
        if (live is { Header.DeletionTimestamp: null }) return DrainState.NotDrained;
        var revision = 0L;
        foreach (var service in view.List(ServiceSpec.Services, pod.Namespace))
        {
            var spec = ServiceSpec.Of(service);
            if (spec.PublishNotReadyAddresses) continue;
            var selected = live is not null && spec.HasEndpoints && service.Header.DeletionTimestamp is null
                && spec.Selector.Matches(live.Header.Labels) && PodEndpoint.Belongs(live);
            var (slices, fence, lowest, seen) = (0, 0L, long.MaxValue, false);
            foreach (var slice in view.OwnedBy(service.Uid))
            {
                if (!SliceContent.IsOurs(slice)) continue;
                var content = SliceContent.Of(slice);
                var endpoint = content.Find(uid.Value);
                if (endpoint is { Ready: true }) return DrainState.NotDrained;
                slices++;
                seen |= endpoint is { Terminating: true };
                fence = Math.Max(fence, content.Basis.Fence);
                lowest = Math.Min(lowest, content.Basis.Pods);
                revision = Math.Max(revision, slice.Revision);
            }
            if (selected && (slices == 0 || !seen || lowest < fence)) return DrainState.NotDrained;
        }
        return DrainState.At(revision);
    }
}
