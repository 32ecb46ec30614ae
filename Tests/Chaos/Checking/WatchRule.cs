using Tests.Chaos.Recording;

namespace Tests.Chaos.Checking;

/// <summary>Every watch tells every change after its start, once, in order, as what it is; the next one of its watcher goes on right there; and in the end all have come.</summary>
internal static class WatchRule
{
    public const string Skipped = "a watch skips nothing";
    public const string Repeated = "a watch tells nothing twice or out of order";
    public const string Otherwise = "a watch tells a change as what it is";
    public const string Resumed = "a watch goes on where it ended";
    public const string Stuck = "a watch tells everything in the end";

    public static IEnumerable<Violation> Check(Evidence evidence)
    {
        var changes = Changes(evidence).ToArray();
        foreach (var watcher in evidence.History.Watches.GroupBy(watch => watch.Watcher))
        {
            WatchRecord? before = null;
            foreach (var watch in watcher)
            {
                if (before is { Ended: WatchEnd.Cut, Position: { } left } && watch.From is { } from && from != left) yield return new(Resumed, $"it had seen all up to {left}: {watch}");
                foreach (var violation in Events(evidence, watch, changes)) yield return violation;
                before = watch;
            }
            if (evidence.History.Settled is { } settled && before is not null && (before.Position ?? 0) < settled && evidence.After(before.Position ?? 0) is var missing
                && missing < changes.Length && changes[missing].Revision <= settled)
            {
                yield return new(Stuck, $"it has not told of {evidence.Scope[missing]}: {before}");
            }
        }
    }

    private static IEnumerable<(long Revision, string Type, ObjectSeen Object)> Changes(Evidence evidence)
    {
        var live = new HashSet<string>(StringComparer.Ordinal);
        foreach (var version in evidence.Scope)
        {
            var seen = version.Object!;
            var type = version.Deleted ? WatchEvent.Deleted : live.Contains(seen.Name) ? WatchEvent.Modified : WatchEvent.Added;
            if (version.Deleted) live.Remove(seen.Name);
            else live.Add(seen.Name);
            yield return (seen.Revision, type, seen);
        }
    }

    private static IEnumerable<Violation> Events(Evidence evidence, WatchRecord watch, (long Revision, string Type, ObjectSeen Object)[] changes)
    {
        var lines = watch.Events.AsEnumerable();
        var position = watch.From ?? 0;
        if (watch.From is null)
        {
            if (!watch.Events.Any(line => line.Type == WatchEvent.InitialEnd)) yield break;
            position = watch.Events.First(line => line.Type == WatchEvent.InitialEnd).Object.Revision;
            lines = lines.SkipWhile(line => line.Type != WatchEvent.InitialEnd).Skip(1);
        }
        var next = evidence.After(position);
        foreach (var line in lines)
        {
            var revision = line.Object.Revision;
            if (line.Type == WatchEvent.Bookmark)
            {
                if (revision < position)
                {
                    yield return new(Repeated, $"the bookmark {revision} comes after {position}: {watch}");
                    yield break;
                }
                if (next < changes.Length && changes[next].Revision <= revision)
                {
                    yield return new(Skipped, $"the bookmark {revision} comes before {evidence.Scope[next]}: {watch}");
                    yield break;
                }
                position = revision;
                continue;
            }
            if (next == changes.Length || revision < changes[next].Revision)
            {
                yield return new(Repeated, $"{line} comes after {position}: {watch}");
                yield break;
            }
            if (revision > changes[next].Revision)
            {
                yield return new(Skipped, $"{line} comes where {evidence.Scope[next]} should: {watch}");
                yield break;
            }
            if (line.Type != changes[next].Type || line.Object != changes[next].Object) yield return new(Otherwise, $"{line} is {changes[next].Type} {evidence.Scope[next]}: {watch}");
            position = revision;
            next++;
        }
    }
}
