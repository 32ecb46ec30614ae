using Tests.Chaos.Recording;
using static Tests.Chaos.Checking.JournalMutants;

namespace Tests.Chaos.Checking;

/// <summary>Runs in which watchers were told something wrong.</summary>
internal static class WatchMutants
{
    public static IEnumerable<Mutant> All { get; } =
    [
        new("watch skips an event", WatchRule.Skipped, (run, random) => Change(run, random, (watch, at) => at + 1 < watch.Events.Count) is var (watch, at) ? run.With(watch, Edited(watch, lines => lines.RemoveAt(at))) : null),
        new("watch tells an event twice", WatchRule.Repeated, (run, random) => Change(run, random) is var (watch, at) ? run.With(watch, Edited(watch, lines => lines.Insert(at, lines[at]))) : null),
        new("watch tells two events in the wrong order", WatchRule.Skipped, (run, random) => Change(run, random, (watch, at) => at + 1 < watch.Events.Count && !watch.Events[at + 1].IsMark) is var (watch, at)
            ? run.With(watch, Edited(watch, lines => lines.Reverse(at, 2))) : null),
        new("watch tells an event again much later", WatchRule.Repeated, (run, random) => Change(run, random, (watch, at) => at + 2 < watch.Events.Count) is var (watch, at)
            ? run.With(watch, Edited(watch, lines => lines.Add(lines[at]))) : null),
        new("watch tells a change as another type", WatchRule.Otherwise, (run, random) => Change(run, random) is var (watch, at)
            ? run.With(watch, Edited(watch, lines => lines[at] = lines[at] with { Type = lines[at].Type == WatchEvent.Added ? WatchEvent.Modified : WatchEvent.Added })) : null),
        new("watch shows another content", WatchRule.Otherwise, (run, random) => Change(run, random) is var (watch, at)
            ? run.With(watch, Edited(watch, lines => lines[at] = lines[at] with { Object = lines[at].Object with { Content = Content.Of("w", "other") } })) : null),
        new("watch shows the object of another event", WatchRule.Otherwise, (run, random) => Change(run, random) is var (watch, at)
            ? run.With(watch, Edited(watch, lines => lines[at] = lines[at] with { Object = lines[at].Object with { Name = "other" } })) : null),
        new("bookmark before an event it covers", WatchRule.Skipped, (run, random) => Change(run, random, (watch, at) => at > 0 && watch.Events[at - 1].Type == WatchEvent.Bookmark) is var (watch, at)
            ? run.With(watch, Edited(watch, lines => lines[at - 1] = Mark(lines[at - 1], lines[at].Object.Revision))) : null),
        new("bookmark that goes back", WatchRule.Repeated, (run, random) => Change(run, random, (watch, at) => at + 1 < watch.Events.Count && watch.Events[at + 1].Type == WatchEvent.Bookmark) is var (watch, at)
            ? run.With(watch, Edited(watch, lines => lines[at + 1] = Mark(lines[at + 1], lines[at].Object.Revision - 1))) : null),
        new("watch that goes on further ahead", WatchRule.Resumed, (run, random) => Resumption(run, random) is { } watch ? run.With(watch, watch with { From = watch.From + 1 }) : null),
        new("watch that goes on further back", WatchRule.Resumed, (run, random) => Resumption(run, random) is { } watch ? run.With(watch, watch with { From = watch.From - 1 }) : null),
        new("watch that never tells the last event", WatchRule.Stuck, (run, random) =>
        {
            var last = run.Journal.Events.Last(version => version.Object is not null).Revision;
            var watch = random.Pick(run.History.Watches.GroupBy(each => each.Watcher).Select(each => each.Last()).Where(each => each.From is not { } from || from < last));
            return watch is null ? null : run.With(watch, Edited(watch, lines => lines.RemoveAll(line => line.Object.Revision >= last)));
        }),
        new("watch that begins with an old state", OrderRule.Late, (run, random) => Stored(run, random) is var (write, version)
            && random.Pick(run.History.Watches.Where(each => each.From is null && each.Start > write.End && each.Events.Count > 0)) is { } watch ? run.With(watch, watch with { Events = [.. Beginning(run, version.Revision - 1, watch.Events[0].At)] }) : null),
        new("watch that begins with part of the state", ShownRule.List, (run, random) => random.Pick(run.History.Watches.Where(each => each.From is null && each.Events.Count > 1 && each.Events[0].Type == WatchEvent.Added)) is { } watch
            ? run.With(watch, Edited(watch, lines => lines.RemoveAt(0))) : null),
        new("watch that tells what was not asked for yet", OrderRule.Early, (run, random) => Stored(run, random) is var (write, version)
            && random.Pick(run.History.Watches.Where(each => each.Events.Any(line => line.Object.Revision == version.Revision && line.Type != WatchEvent.Bookmark && line.At >= write.Start))) is { } watch
                ? run.With(watch, Edited(watch, lines =>
                {
                    var at = lines.FindIndex(line => line.Object.Revision == version.Revision);
                    lines[at] = lines[at] with { At = write.Start - 1 };
                })) : null),
    ];

    // A line after those it began with that tells of a change.
    private static (WatchRecord Watch, int At)? Change(ChaosRun run, Random random, Func<WatchRecord, int, bool>? which = null)
    {
        var all = run.History.Watches.SelectMany(watch =>
        {
            var first = watch.From is null ? watch.Events.TakeWhile(line => line.Type != WatchEvent.InitialEnd).Count() + 1 : 0;
            return Enumerable.Range(first, Math.Max(0, watch.Events.Count - first)).Where(at => !watch.Events[at].IsMark && which?.Invoke(watch, at) != false).Select(at => Tuple.Create(watch, at));
        });
        return random.Pick(all) is { } picked ? (picked.Item1, picked.Item2) : null;
    }

    private static WatchRecord? Resumption(ChaosRun run, Random random) => random.Pick(run.History.Watches
        .Where((watch, at) => at > 0 && watch.From is not null && run.History.Watches[at - 1] is { Ended: WatchEnd.Cut } before && before.Watcher == watch.Watcher));

    private static WatchRecord Edited(WatchRecord watch, Action<List<WatchEvent>> edit)
    {
        var lines = watch.Events.ToList();
        edit(lines);
        return watch with { Events = lines };
    }

    private static WatchEvent Mark(WatchEvent mark, long revision) => mark with { Object = mark.Object with { Revision = revision } };

    private static IEnumerable<WatchEvent> Beginning(ChaosRun run, long revision, long at)
    {
        var live = run.Journal.Events.Where(version => version.Revision <= revision && version.Object is not null).GroupBy(version => version.Id).Select(versions => versions.Last()).Where(version => !version.Deleted);
        foreach (var version in live) yield return new(at, WatchEvent.Added, version.Object!);
        yield return new(at, WatchEvent.InitialEnd, new("", revision, "", Content.Empty));
    }
}
