using ControlPlane.Objects;

namespace ControlPlane.Workloads.DaemonSets;

/// <summary>
/// The next step of a DaemonSet: one pod on each node that should have one, none on the others, and those of another template replaced within the limits of the
/// strategy: the old one goes first, or, with a surge, when the new one is available.
/// </summary>
internal sealed class DaemonStep(DaemonSetState set, IReadOnlyCollection<DaemonNode> nodes, DaemonPodFactory factory, Requester by, DateTimeOffset now)
{
    // A pod that fails as soon as it has come must not be made anew without end.
    private static readonly TimeSpan EndedPause = TimeSpan.FromSeconds(10);
    private readonly List<ObjectCommand> _commands = [];
    private readonly int _desired = nodes.Count(node => node.Wanted);

    /// <summary>When to look again at a pod that has ended; null: there is none.</summary>
    public TimeSpan? Pause { get; private set; }

    /// <param name="mayGrow">False: no pods are made any more, as where the namespace ends.</param>
    public IReadOnlyList<ObjectCommand> Take(bool mayGrow)
    {
        foreach (var node in nodes) Keep(node, mayGrow);
        if (!set.Rolling) return _commands;
        if (Surge > 0) RollBySurge(mayGrow);
        else Roll();
        return _commands;
    }

    private int Surge => CountOrPart.Of(set.MaxSurge, _desired, up: true);

    private void Keep(DaemonNode node, bool mayGrow)
    {
        var living = node.Pods.Where(pod => pod is { Terminating: false, Ended: false }).ToArray();
        if (!node.Kept)
        {
            foreach (var pod in node.Pods.Where(pod => !pod.Terminating)) Delete(pod);
            return;
        }
        foreach (var pod in node.Pods.Where(pod => pod is { Ended: true, Terminating: false })) Clear(pod);
        if (node.Wanted && node.Pods.IsEmpty && mayGrow) _commands.Add(factory.Create(node.Name));

        // Two of the set's template, or two of others: the best of them stays. An old and a new one are the update's.
        foreach (var surplus in living.Where(pod => pod.Hash == node.Hash).Skip(1).Concat(living.Where(pod => pod.Hash != node.Hash).Skip(1))) Delete(surplus);
        if (Surge == 0 && node is { New: not null, Old: { } old }) Delete(old);
    }

    private void Clear(DaemonPod pod)
    {
        var left = pod.Stored.Header.CreationTimestamp + EndedPause - now;
        if (left <= TimeSpan.Zero) Delete(pod);
        else if (Pause is not { } pause || left < pause) Pause = left;
    }

    private void Roll()
    {
        var wanted = nodes.Where(node => node.Wanted).ToArray();
        var left = Math.Max(1, CountOrPart.Of(set.MaxUnavailable, _desired, up: true)) - wanted.Count(node => !node.Available);
        foreach (var node in wanted)
        {
            if (node is not { New: null, Old: { } old }) continue;
            // One that serves nobody costs nothing.
            if (old.Available && left-- <= 0) continue;
            Delete(old);
        }
    }

    private void RollBySurge(bool mayGrow)
    {
        var wanted = nodes.Where(node => node.Wanted).ToArray();
        var left = Surge - wanted.Count(node => node is { New: not null, Old: not null });
        foreach (var node in wanted)
        {
            if (node.Old is not { } old) continue;
            if (node.New is { } @new)
            {
                if (@new.Available) Delete(old);
            }
            else if (!old.Available || left-- > 0)
            {
                if (mayGrow) _commands.Add(factory.Create(node.Name));
            }
        }
    }

    private void Delete(DaemonPod pod) => _commands.Add(new DeleteObject(pod.Stored.Key, null, Propagation.Background, by) { Preconditions = new(pod.Stored.Uid) });
}
