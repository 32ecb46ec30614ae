using Shared.Json;

namespace ControlPlane.Workloads.Deployments;

/// <summary>
/// Sizes the sets after the Deployment was scaled. With one set in use it takes all; with several, as in the middle of a rollout, each gets
/// its share, so that a bad new version is not blown up by scaling.
/// </summary>
internal static class ProportionalScaling
{
    public static void Step(Rollout rollout)
    {
        var active = rollout.Active.ToArray();
        if (active.Length <= 1)
        {
            var only = active.Length == 1 ? active[0] : rollout.Current ?? rollout.Old.LastOrDefault();
            if (only is not null) Resize(rollout, only, rollout.Deployment.Replicas);
        }
        else if (IsSaturated(rollout))
        {
            foreach (var old in rollout.Old.Where(set => set.Replicas > 0)) old.Scale(0, rollout.Budget);
            rollout.Current!.Scale(rollout.Current.Replicas, rollout.Budget);
        }
        else if (rollout.Deployment.Rolling) Share(rollout, active);
    }

    private static void Resize(Rollout rollout, OwnedReplicaSet set, int replicas)
    {
        // Growing waits until surplus pods are gone; shrinking never waits.
        if (replicas <= set.Replicas || !rollout.Unsettled) set.Scale(replicas, rollout.Budget);
    }

    private static bool IsSaturated(Rollout rollout) =>
        rollout.Current is { } current && current.Replicas == rollout.Deployment.Replicas && current.Available == rollout.Deployment.Replicas
        && RevisionAnnotations.Number(current, RevisionAnnotations.DesiredReplicas) == rollout.Deployment.Replicas;

    private static void Share(Rollout rollout, OwnedReplicaSet[] active)
    {
        var allowed = rollout.Deployment.Replicas > 0 ? rollout.Budget.MaxTotal : 0;
        var toAdd = allowed - rollout.TotalReplicas;
        if (toAdd > 0 && rollout.Unsettled) return;
        // Larger sets first; among equals the newer one gains first and the older one loses first.
        var ordered = toAdd > 0
            ? active.OrderByDescending(set => set.Replicas).ThenByDescending(set => set.Created).ToArray()
            : active.OrderByDescending(set => set.Replicas).ThenBy(set => set.Created).ToArray();
        var sizes = new int[ordered.Length];
        var added = 0;
        for (var i = 0; i < ordered.Length; i++)
        {
            var share = toAdd == 0 || toAdd == added ? 0 : Portion(rollout, ordered[i], toAdd, toAdd - added);
            sizes[i] = ordered[i].Replicas + share;
            added += share;
        }
        sizes[0] = Math.Max(0, sizes[0] + toAdd - added);
        KeepAvailable(ordered, sizes, rollout.Budget.MinAvailable);
        for (var i = 0; i < ordered.Length; i++) ordered[i].Scale(sizes[i], rollout.Budget);
    }

    private static int Portion(Rollout rollout, OwnedReplicaSet set, int toAdd, int left)
    {
        var fraction = -set.Replicas;
        if (rollout.Deployment.Replicas > 0)
        {
            var before = RevisionAnnotations.Number(set, RevisionAnnotations.MaxReplicas) is { } max and > 0 ? max : rollout.Deployment.Status.Int("replicas");
            if (before <= 0) return 0;
            fraction = (int)Math.Round((double)set.Replicas * rollout.Budget.MaxTotal / before, MidpointRounding.AwayFromZero) - set.Replicas;
        }
        // A share has the sign of the whole: a set sized for other numbers must not pull the other way.
        return toAdd > 0 ? Math.Clamp(fraction, 0, left) : Math.Clamp(fraction, Math.Max(left, -set.Replicas), 0);
    }

    /// <summary>
    /// Moves reductions from available pods to unavailable ones of other sets, as far as that is needed to keep the minimum. Shares alone could
    /// take available pods while pods that serve nobody stay.
    /// </summary>
    private static void KeepAvailable(OwnedReplicaSet[] sets, int[] sizes, int minAvailable)
    {
        var before = sets.Sum(set => set.Available);
        var after = sets.Select((set, i) => Math.Min(set.Available, sizes[i])).Sum();
        var missing = Math.Min(before, minAvailable) - after;
        for (var to = 0; to < sets.Length && missing > 0; to++)
        {
            for (var from = 0; from < sets.Length && missing > 0; from++)
            {
                var moved = Math.Min(missing, Math.Min(sets[to].Available - sizes[to], sizes[from] - sets[from].Available));
                if (from == to || moved <= 0) continue;
                sizes[to] += moved;
                sizes[from] -= moved;
                missing -= moved;
            }
        }
    }
}
