using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Entities;

/// <summary>
/// Goes round all live objects with behaviour again and again, a few at a time, so that each is looked at within the period whatever was lost. A round is spread evenly:
/// every step takes the same share of what there is.
/// </summary>
/// <param name="view">The cluster.</param>
/// <param name="resources">The kinds with behaviour.</param>
/// <param name="steps">How many steps make a round.</param>
internal sealed class ReconcileRounds(IObjectView view, IReadOnlyCollection<GroupResource> resources, int steps)
{
    private readonly GroupResource[] _resources = [.. resources];
    private int _resource;
    private (string Namespace, string Name) _behind = ("", "");
    private long _owed;

    /// <summary>The objects of the next step.</summary>
    public IEnumerable<StoredObject> Step()
    {
        var total = _resources.Sum(resource => view.List(resource).Objects.Count);
        // Counted in parts of an object, so that nothing is lost by rounding.
        _owed = Math.Min((long)total * steps, _owed + total);
        for (var passed = 0; _owed >= steps && passed <= _resources.Length;)
        {
            var list = view.List(_resources[_resource]);
            var next = list.IndexAfter(_behind.Namespace, _behind.Name);
            if (next == list.Objects.Count)
            {
                (_resource, _behind) = ((_resource + 1) % _resources.Length, ("", ""));
                passed++;
                continue;
            }
            var found = list.Objects[next];
            _behind = (found.Key.Namespace, found.Key.Name);
            _owed -= steps;
            yield return found;
        }
    }
}
