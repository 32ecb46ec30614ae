namespace ControlPlane.Workloads.Deployments;

/// <summary>
/// One step of a rolling update: first the current set grows as far as the surge allows; if it may not, old sets shrink as far as availability
/// allows: first by pods that are not available anyway, then by available ones, oldest set first.
/// </summary>
internal static class RollingUpdate
{
    public static void Step(Rollout rollout)
    {
        if (rollout.Current is not { } current) return;
        if (!ResizeCurrent(rollout, current)) ShrinkOld(rollout, current);
    }

    private static bool ResizeCurrent(Rollout rollout, OwnedReplicaSet current)
    {
        var wanted = rollout.Deployment.Replicas;
        if (current.Replicas > wanted) return current.Scale(wanted, rollout.Budget);
        return current.Replicas < wanted && !rollout.Unsettled && current.Scale(rollout.NextSizeOfCurrent(), rollout.Budget);
    }

    private static void ShrinkOld(Rollout rollout, OwnedReplicaSet current)
    {
        if (rollout.Old.All(set => set.Replicas == 0)) return;
        // What could go if every pod that is not a missing one of the current set were available.
        var removable = rollout.TotalReplicas - rollout.Budget.MinAvailable - (current.Replicas - current.Available);
        if (removable <= 0) return;
        foreach (var old in rollout.Old)
        {
            var unavailable = Math.Min(removable, old.Replicas - old.Available);
            if (unavailable <= 0) continue;
            old.Scale(old.Replicas - unavailable, rollout.Budget);
            removable -= unavailable;
        }
        var spare = rollout.All.Sum(set => set.Available) - rollout.Budget.MinAvailable;
        foreach (var old in rollout.Old)
        {
            var less = Math.Min(spare, old.Replicas);
            if (less <= 0) continue;
            old.Scale(old.Replicas - less, rollout.Budget);
            spare -= less;
        }
    }
}
