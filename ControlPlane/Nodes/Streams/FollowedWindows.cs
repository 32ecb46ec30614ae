using System.Collections.Immutable;
using ControlPlane.Journal;
using ControlPlane.Objects;

namespace ControlPlane.Nodes.Streams;

/// <summary>One reader of the windows of everything nodes follow, in step with the cache.</summary>
internal sealed class FollowedWindows
{
    private const int ReadAtOnce = 1024;

    private readonly WatchCache _cache;
    private readonly ImmutableArray<(ResourceCache Part, Following How)> _parts;
    private readonly long[] _positions;

    public FollowedWindows(WatchCache cache)
    {
        _cache = cache;
        _parts = [.. FollowedResources.All.Select(followed => (cache.Of(followed.Resource), followed.How))];
        _positions = new long[_parts.Length];
        Start();
    }

    /// <summary>Everything up to this revision has been read.</summary>
    public long Complete { get; private set; }

    /// <summary>Begins anew with what comes from now on.</summary>
    public void Start()
    {
        Complete = _cache.Revision;
        for (var i = 0; i < _parts.Length; i++) _positions[i] = _parts[i].Part.PositionAfter(Complete) ?? _parts[i].Part.Position;
    }

    /// <summary>Reads what has come. False: the windows have moved on without this reader, who must <see cref="Start"/> anew.</summary>
    public bool Read(Action<ObjectChange, Following> take)
    {
        // Everything up to this revision is in the windows before the revision is shown.
        var revision = _cache.Revision;
        var changes = new List<ObjectChange>();
        for (var i = 0; i < _parts.Length; i++)
        {
            var (part, how) = _parts[i];
            while (_positions[i] < part.Position)
            {
                changes.Clear();
                if (!part.TryRead(_positions[i], ReadAtOnce, changes)) return false;
                // What comes behind the revision may be in no snapshot yet, and is read when it is complete.
                var shown = changes.TakeWhile(change => change.Object.Revision <= revision).Count();
                _positions[i] += shown;
                for (var n = 0; n < shown; n++) take(changes[n], how);
                if (shown < changes.Count) break;
            }
        }
        Complete = revision;
        return true;
    }

    /// <summary>
    /// A node's pods as of what was read. The cache is ahead of it, and by a pod's newest version nobody can say what the version before it uses.
    /// </summary>
    public IReadOnlyCollection<StoredObject> PodsOn(string node)
    {
        var pods = _cache.PodsOn(node).ToDictionary(pod => pod.Key);
        var unread = new List<ObjectChange>();
        for (var i = 0; i < _parts.Length; i++)
        {
            // Read after the pods, so that whatever is newer in them is found here. If it is not, the next reading fails, too, and the reader starts anew.
            if (_parts[i].How == Following.Bound) _parts[i].Part.TryRead(_positions[i], int.MaxValue, unread);
        }
        for (var i = unread.Count - 1; i >= 0; i--)
        {
            if (unread[i].Previous is { } before && before.Header.NodeName == node) pods[before.Key] = before;
            else pods.Remove(unread[i].Object.Key);
        }
        return pods.Values;
    }

    /// <summary>What was read after a revision, once more; false: the windows do not reach back that far.</summary>
    /// <param name="wanted">Which of the windows.</param>
    public bool ReadAgain(long after, Func<Following, bool> wanted, Action<ObjectChange, Following> take)
    {
        var changes = new List<ObjectChange>();
        for (var i = 0; i < _parts.Length; i++)
        {
            var (part, how) = _parts[i];
            if (!wanted(how)) continue;
            if (part.PositionAfter(after) is not { } position) return false;
            changes.Clear();
            // Up to where the reading stands: what comes behind is taken by it.
            if (position < _positions[i] && !part.TryRead(position, (int)(_positions[i] - position), changes)) return false;
            foreach (var change in changes) take(change, how);
        }
        return true;
    }
}
