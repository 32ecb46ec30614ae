using Tests.Chaos.Recording;

namespace Tests.Chaos.Checking;

/// <summary>
/// The run is linearisable: each operation can be given a position among the revisions at which its answer is true, so that one that ended before another began
/// has no later position. As the journal orders the writes, it is enough to give each operation, in the order of their ends, the first position there is.
/// </summary>
internal static class OrderRule
{
    public const string Late = "an operation sees what was known before it began";
    public const string Early = "an operation sees nothing that was asked for after it had ended";
    public const string Never = "an answer is true at some moment";

    public static IEnumerable<Violation> Check(Evidence evidence)
    {
        var stored = evidence.Scope.Select(version => (Writer: evidence.WriterOf(version), version.Revision)).Where(pair => pair.Writer is not null)
            .GroupBy(pair => pair.Writer!.Id).ToDictionary(group => group.Key, group => group.First().Revision);
        var moments = new List<(long At, bool Ends, Sight Sight)>();
        foreach (var sight in Sights(evidence, stored))
        {
            moments.Add((sight.Start, false, sight));
            if (sight.End != long.MaxValue) moments.Add((sight.End, true, sight));
        }
        var known = evidence.Journal.Before;
        // What begins in the very moment in which another ends did not begin after it.
        foreach (var (_, ends, sight) in moments.OrderBy(moment => moment.At).ThenBy(moment => moment.Ends))
        {
            if (!ends)
            {
                sight.Known = known;
                if (sight is { Written: { } revision, Orders: true } && revision <= known) yield return new(Late, $"it is stored as {revision}, and {known} was known before: {sight.Who}");
                continue;
            }
            var from = sight.Orders ? sight.Known : evidence.Journal.Before;
            var latest = evidence.LatestBy(sight.End);
            var position = sight.First(from);
            if (position is null) yield return new(sight.Exact ? Late : Never, $"{sight.Known} was known before it began: {sight.Who}");
            else if (position > latest) yield return new(sight.Exact ? Early : Never, $"it is true at {position} at the earliest, and nothing after {latest} had been asked for: {sight.Who}");
            // Whoever tells what can't be known tells nothing, but for a write: that is stored, however wrong its time.
            if (position is { } seen && (seen <= latest || sight.Written is not null)) known = Math.Max(known, seen);
        }
    }

    private static IEnumerable<Sight> Sights(Evidence evidence, Dictionary<int, long> stored)
    {
        foreach (var operation in evidence.History.Operations)
        {
            if (Of(evidence, operation, stored) is { } sight) yield return sight;
        }
        foreach (var watch in evidence.History.Watches)
        {
            foreach (var line in watch.Events)
            {
                var revision = line.Object.Revision;
                // The objects a watch begins with are those of the present, like a list's.
                var begins = line.Type == WatchEvent.InitialEnd;
                yield return new((line, watch), begins ? watch.Start : line.At, line.At, from => begins ? Within(from, revision, ScopeUntil(evidence, revision)) : revision) { Orders = begins, Exact = true };
            }
        }
    }

    private static Sight? Of(Evidence evidence, Operation operation, Dictionary<int, long> stored)
    {
        var (request, story) = (operation.Request, evidence.StoryOf(operation.Request.Name));
        if (request.IsWrite && stored.TryGetValue(operation.Id, out var written) && AgreesWith(operation.Answer, written))
        {
            return new(operation, operation.Start, operation.End, from => Within(from, written, written)) { Written = written, Exact = true };
        }
        // A read that names a version may be answered with anything that is not older.
        var orders = request.IsWrite || request.Version is null;
        Func<long, long?>? first = operation.Answer switch
        {
            Answer.Accepted { Object: { } seen } => from => Within(Math.Max(from, request.IsWrite ? 0 : request.Version ?? 0), seen.Revision, story.Until(seen.Revision)),
            Answer.Listed list => from => Within(Math.Max(from, request.Version ?? 0), list.Revision, ScopeUntil(evidence, list.Revision)),
            Answer.Refused { Code: 404 } => from => story.First(from, state => state is null && request.Kind != OperationKind.Create),
            Answer.Refused { Reason: "AlreadyExists" } => from => story.First(from, state => state is not null && request.Kind == OperationKind.Create),
            Answer.Refused { Reason: "Conflict" } => from => story.First(from, state => state is not null && request.Kind != OperationKind.Create && !request.Permits(state)),
            _ => null,
        };
        return first is null ? null : new(operation, operation.Start, operation.End, first) { Orders = orders, Exact = operation.Answer is not Answer.Refused };
    }

    // A write that is stored otherwise than it was answered breaks a rule of its own. When its client believed what is not told by where it is stored.
    private static bool AgreesWith(Answer answer, long revision) => answer is Answer.Unknown or Answer.Accepted { Object: null } || (answer is Answer.Accepted { Object: { } seen } && seen.Revision == revision);

    private static long? Within(long from, long first, long last) => Math.Max(from, first) is var position && position <= last ? position : null;

    private static long ScopeUntil(Evidence evidence, long revision) =>
        evidence.After(revision) is var next && next < evidence.Scope.Count ? evidence.Scope[next].Revision - 1 : long.MaxValue;

    /// <summary>One look at the cluster: between two moments, true at some positions.</summary>
    /// <param name="Who">Whose it is, for messages.</param>
    /// <param name="First">The first of these positions that is not before another one.</param>
    private sealed record Sight(object Who, long Start, long End, Func<long, long?> First)
    {
        /// <summary>The revision at which it wrote; its own, so it may not have been known before.</summary>
        public long? Written { get; init; }

        /// <summary>Whether it must see what was known before it began.</summary>
        public bool Orders { get; init; } = true;

        /// <summary>Whether it showed a certain version.</summary>
        public bool Exact { get; init; }

        /// <summary>The highest position that was known when it began.</summary>
        public long Known { get; set; }
    }
}
