using Tests.Chaos.Recording;
using static Tests.Chaos.Checking.JournalMutants;

namespace Tests.Chaos.Checking;

/// <summary>Runs in which clients were told something wrong.</summary>
internal static class OperationMutants
{
    private static readonly Answer.Refused Busy = new(429, "TooManyRequests");

    public static IEnumerable<Mutant> All { get; } =
    [
        new("refused write stored", WriteRule.Refused, (run, random) => Stored(run, random) is var (write, _) ? run.With(write, write with { Answer = Busy }) : null),
        new("two writes acknowledged with one revision", WriteRule.Lost, (run, random) =>
            Stored(run, random, one => one.Request.Kind == OperationKind.Update) is var (late, version)
            && Stored(run, random, other => other.Request.IsWrite, (_, other) => !other.Deleted && other != version && other.Object!.Name == version.Object!.Name) is var (_, first)
                ? run.With(version, Forgotten(version)).With(late, late with { Answer = new Answer.Accepted(first.Object) }) : null),
        new("acknowledged with another content", WriteRule.Otherwise, (run, random) => Stored(run, random, write => write.Request.Kind != OperationKind.Delete) is var (write, version)
            ? run.With(write, write with { Answer = new Answer.Accepted(version.Object! with { Content = Content.Of("w", "other") }) }) : null),
        new("update of a version that was superseded", WriteRule.Condition, (run, random) => Stored(run, random, write => write.Request.Version is not null) is var (write, _)
            ? run.With(write, write with { Request = write.Request with { Version = write.Request.Version - 1 } }) : null),
        new("delete of an object with another uid", WriteRule.Condition, (run, random) => Stored(run, random, write => write.Request.Uid is not null) is var (write, _)
            ? run.With(write, write with { Request = write.Request with { Uid = "other" } }) : null),
        new("create over an object", WriteRule.Condition, (run, random) => Stored(run, random, write => write.Request.Kind == OperationKind.Update) is var (write, _)
            ? run.With(write, write with { Request = write.Request with { Kind = OperationKind.Create } }) : null),
        new("write stored before one that had been acknowledged", OrderRule.Late, (run, random) => Stored(run, random) is var (write, version)
            && Stored(run, random, how: (_, later) => later.Revision > version.Revision) is var (later, _) ? run.With(write, write with { Start = later.End + 1, End = later.End + 2 }) : null),
        new("stale read", OrderRule.Late, (run, random) => Reads(run, random, (write, read) => read.Start > write.End) is var (read, version)
            && Previous(run, version) is { Deleted: false } old ? run.With(read, read with { Answer = new Answer.Accepted(old.Object) }) : null),
        new("read of what was not asked for yet", OrderRule.Early, (run, random) => Reads(run, random, (write, read) => read.End < write.Start) is var (read, version)
            && !version.Deleted ? run.With(read, read with { Answer = new Answer.Accepted(version.Object) }) : null),
        new("read of what was not stored", ShownRule.Object, (run, random) => random.Pick(run.History.Operations.Where(operation => operation is { Request.Kind: OperationKind.Get, Answer: Answer.Accepted })) is { Answer: Answer.Accepted shown } read
            ? run.With(read, read with { Answer = new Answer.Accepted(shown.Object! with { Content = Content.Of("w", "other") }) }) : null),
        new("object not found that was there all the time", OrderRule.Never, (run, random) => There(run, random) is var (read, _) ? run.With(read, read with { Answer = new Answer.Refused(404, "NotFound") }) : null),
        new("conflict with the very version there was", OrderRule.Never, (run, random) => There(run, random) is var (read, version) ? run.With(read, read with
        {
            Request = new(OperationKind.Update, version.Object!.Name) { Version = version.Revision, Content = Content.Of("w", "new") },
            Answer = new Answer.Refused(409, "Conflict"),
        }) : null),
        new("object that exists already and was not there", OrderRule.Never, (run, random) => random.Pick(run.History.Operations.Where(operation => operation.Answer is Answer.Refused { Reason: "AlreadyExists" })) is { } create
            ? run.With(create, create with { Request = create.Request with { Name = "never" } }) : null),
        new("list with an object of an earlier state", ShownRule.List, (run, random) => Lists(run, random, (list, seen) => Previous(run, seen.Revision) is { Deleted: false }) is var (list, shown, seen)
            ? run.With(list, list with { Answer = shown with { Items = [.. shown.Items.Select(item => item == seen ? Previous(run, seen.Revision)!.Object! : item)] } }) : null),
        new("list without an object", ShownRule.List, (run, random) => Lists(run, random) is var (list, shown, seen)
            ? run.With(list, list with { Answer = shown with { Items = [.. shown.Items.Where(item => item != seen)] } }) : null),
        new("list with an object twice", ShownRule.List, (run, random) => Lists(run, random) is var (list, shown, seen) ? run.With(list, list with { Answer = shown with { Items = [.. shown.Items, seen] } }) : null),
        new("list under a later revision", ShownRule.List, (run, random) => Lists(run, random) is var (list, shown, _) && run.Journal.Events.FirstOrDefault(version => version.Object is not null && version.Revision > shown.Revision) is { } next
            ? run.With(list, list with { Answer = shown with { Revision = next.Revision } }) : null),
    ];

    // A read and a write of one object whose version is in the journal, that stand to each other as asked.
    private static (Operation Read, StoredVersion Version)? Reads(ChaosRun run, Random random, Func<Operation, Operation, bool> stand)
    {
        if (Stored(run, random) is not var (write, version)) return null;
        var reads = run.History.Operations.Where(read => read is { Request.Kind: OperationKind.Get, Answer: Answer.Accepted } && read.Request.Name == version.Object!.Name && stand(write, read));
        return random.Pick(reads) is { } found ? (found, version) : null;
    }

    // A read whose object surely was at one version from its start to its end.
    private static (Operation Read, StoredVersion Version)? There(ChaosRun run, Random random)
    {
        var writers = run.History.Operations.ToDictionary(operation => operation.Writer);
        var found = new List<Tuple<Operation, StoredVersion>>();
        foreach (var versions in run.Journal.Events.Where(version => version.Object is not null).GroupBy(version => version.Object!.Name).Select(versions => versions.ToArray()))
        {
            for (var i = 0; i < versions.Length; i++)
            {
                var version = versions[i];
                if (version.Deleted || !writers.TryGetValue(version.Writer, out var writer)) continue;
                var until = i + 1 == versions.Length ? long.MaxValue : writers.TryGetValue(versions[i + 1].Writer, out var successor) ? successor.Start : long.MinValue;
                found.AddRange(run.History.Operations
                    .Where(read => read is { Request.Kind: OperationKind.Get, Answer: Answer.Accepted } && read.Request.Name == version.Object!.Name && read.Start > writer.End && read.End < until)
                    .Select(read => Tuple.Create(read, version)));
            }
        }
        return random.Pick(found) is { } picked ? (picked.Item1, picked.Item2) : null;
    }

    private static (Operation Operation, Answer.Listed Shown, ObjectSeen Seen)? Lists(ChaosRun run, Random random, Func<Operation, ObjectSeen, bool>? which = null)
    {
        var all = run.History.Operations.Where(operation => operation.Answer is Answer.Listed)
            .SelectMany(list => ((Answer.Listed)list.Answer).Items.Where(seen => which?.Invoke(list, seen) != false).Select(seen => Tuple.Create(list, seen)));
        return random.Pick(all) is { } picked ? (picked.Item1, (Answer.Listed)picked.Item1.Answer, picked.Item2) : null;
    }

    private static StoredVersion? Previous(ChaosRun run, StoredVersion version) => run.Journal.Events.LastOrDefault(other => other.Id == version.Id && other.Revision < version.Revision);

    private static StoredVersion? Previous(ChaosRun run, long revision) => Previous(run, run.Journal.Events.Single(version => version.Revision == revision));
}
