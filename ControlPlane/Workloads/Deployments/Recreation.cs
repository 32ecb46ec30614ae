using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Workloads.Deployments;

/// <summary>The strategy Recreate: all old pods go, terminating ones included, before the first new one comes.</summary>
internal static class Recreation
{
    private static readonly GroupResource Pods = new("", "pods");

    /// <summary>Sizes the old sets to none, or, once their pods are gone, the current one to all.</summary>
    /// <returns>Whether the current set may be made, if it is missing.</returns>
    public static bool Step(Rollout rollout, IObjectView view)
    {
        var waiting = false;
        foreach (var old in rollout.Old.Where(set => set.Replicas > 0))
        {
            old.Scale(0, rollout.Budget);
            waiting = true;
        }
        if (waiting || rollout.Old.Any(set => set.Unsettled || HasPods(set, view))) return false;
        if (rollout.Current is { } current && current.Replicas != rollout.Deployment.Replicas) current.Scale(rollout.Deployment.Replicas, rollout.Budget);
        return true;
    }

    private static bool HasPods(OwnedReplicaSet set, IObjectView view) => view.OwnedBy(set.Stored.Uid).Any(pod =>
        pod.Key.GroupResource == Pods && pod.Header.Controller?.Uid == set.Stored.Uid && pod.Header.Phase is not ("Succeeded" or "Failed"));
}
