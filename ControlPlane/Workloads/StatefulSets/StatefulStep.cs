using ControlPlane.Objects;
using ControlPlane.Workloads.ControllerRevisions;

namespace ControlPlane.Workloads.StatefulSets;

/// <summary>
/// The next step of a StatefulSet: makes missing pods, lets surplus ones go, and replaces those of another template, in the order and within the limits its spec gives.
/// </summary>
internal sealed class StatefulStep(StatefulSetState set, StatefulPods pods, SetRevision current, SetRevision update, OwnerRef owner, IObjectView view, Requester by)
{
    private readonly StatefulPodFactory _factory = new(set, owner, by);
    private readonly List<ObjectCommand> _commands = [];
    private int _unavailable = pods.Unavailable;

    /// <summary>What is to be done.</summary>
    /// <param name="mayGrow">False: no pods are made any more, as where the namespace ends.</param>
    public IReadOnlyList<ObjectCommand> Take(bool mayGrow)
    {
        foreach (var pod in pods.Places.OfType<StatefulPod>().Where(pod => !pod.Terminating)) _commands.AddRange(ClaimRetention.For(pod, surplus: false, set, view, by));
        if (Fill(mayGrow) && Shrink()) Roll();
        return _commands;
    }

    /// <summary>False: something has to happen first.</summary>
    private bool Fill(bool mayGrow)
    {
        for (var place = 0; place < pods.Places.Length; place++)
        {
            var pod = pods.Places[place];
            if (pod is null)
            {
                if (mayGrow) Make(set.Start + place, RevisionFor(place));
            }
            else if (pod.Terminating)
            {
                // Its successor has its name, and comes when it is gone.
            }
            else if (pod.Ended) Delete(pod);
            else if (!pod.HasIdentity) _commands.Add(_factory.Identify(pod));
            else if (pod.Available) continue;
            else if (set.Ordered && MayReplace(pod, place)) Delete(pod);
            if (set.Ordered) return false;
        }
        return true;
    }

    private bool Shrink()
    {
        // Of several that are not well the lowest may go; those above it wait for it.
        var first = pods.Surplus.LastOrDefault(pod => !pod.Available);
        foreach (var pod in pods.Surplus)
        {
            if (!pod.Terminating && !(set.Ordered && !pod.Available && pod != first)) Retire(pod);
            if (set.Ordered) return false;
        }
        return true;
    }

    private void Roll()
    {
        for (var place = pods.Places.Length - 1; place >= 0; place--)
        {
            if (pods.Places[place] is not { Terminating: false, Ended: false } pod || !MayReplace(pod, place)) continue;
            if (pod.Available) _unavailable++;
            Delete(pod);
        }
    }

    /// <summary>
    /// Whether a pod of another template may go for one of the set's. One that has never been ready always may: whatever is wrong with its template, it serves nobody.
    /// </summary>
    private bool MayReplace(StatefulPod pod, int place) =>
        set.Rolling && place >= set.Partition && pod.Revision != update.Name
        && (pod.WasNeverReady || _unavailable + (pod.Available ? 1 : 0) <= set.MaxUnavailable);

    private SetRevision RevisionFor(int place) => set.Rolling && place < set.Partition ? current : update;

    private void Make(int ordinal, SetRevision revision)
    {
        var key = _factory.KeyOf(ordinal);
        if (view.Get(key) is not null) return; // somebody else's pod has the name
        var missing = set.Claims.Where(claim => view.Get(claim.KeyFor(key)) is null).ToArray();
        if (missing.Length > 0) _commands.AddRange(missing.Select(claim => claim.Create(key, set, by)));
        else _commands.Add(_factory.Create(ordinal, revision));
    }

    private void Retire(StatefulPod pod)
    {
        var claims = ClaimRetention.For(pod, surplus: true, set, view, by).ToArray();
        if (claims.Length > 0) _commands.AddRange(claims);
        else Delete(pod);
    }

    private void Delete(StatefulPod pod) => _commands.Add(new DeleteObject(pod.Stored.Key, null, Propagation.Background, by) { Preconditions = new(pod.Stored.Uid) });
}
