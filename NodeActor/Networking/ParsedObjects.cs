using System.Collections.Immutable;
using Shared.Api;
using Shared.Json;

namespace NodeActor.Networking;

/// <summary>Reads followed objects into models, each version once. Not for several threads.</summary>
internal sealed class ParsedObjects<T>
{
    private Dictionary<ObjectKey, (long Revision, T Model)> _known = [];

    /// <summary>The models of exactly these objects.</summary>
    public IReadOnlyCollection<T> Of(ImmutableArray<FollowedObject> objects)
    {
        var next = new Dictionary<ObjectKey, (long Revision, T Model)>(objects.Length);
        foreach (var each in objects)
        {
            next[each.Key] = _known.TryGetValue(each.Key, out var known) && known.Revision == each.Revision
                ? known
                : (each.Revision, ModelReading.Read<T>(each.Json));
        }
        _known = next;
        return [.. next.Values.Select(value => value.Model)];
    }
}
