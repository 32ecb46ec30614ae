using Tests.Chaos.Recording;

namespace Tests.Chaos.Checking;

/// <summary>Runs in which the cluster stored something wrong.</summary>
internal static class JournalMutants
{
    public static IEnumerable<Mutant> All { get; } =
    [
        new("acknowledged write dropped", WriteRule.Lost, (run, random) => Stored(run, random, operation => operation.Request.Kind != OperationKind.Delete) is var (_, version) ? run.With(version, Forgotten(version)) : null),
        new("acknowledged delete dropped", WriteRule.Lost, (run, random) => Stored(run, random, operation => operation.Request.Kind == OperationKind.Delete) is var (_, version) ? run.With(version, Forgotten(version)) : null),
        new("hole in the revisions", RevisionRule.Hole, (run, random) =>
            random.Pick(run.Journal.Events.SkipLast(1).Where(version => version.Object is null)) is { } gone ? run.With(run.Journal.Events.Where(version => version != gone)) : null),
        new("number of an event used twice", RevisionRule.Numbers, (run, random) => random.Pick(run.Journal.Events.Where(version => version.Sequence > 1)) is { } version ? run.With(version, version with { Sequence = version.Sequence - 1 }) : null),
        new("write nobody asked for", WriteRule.Phantom, (run, random) => Stored(run, random) is var (_, version) ? run.With(version, version with { Writer = Operation.WriterOf(99_999) }) : null),
        new("write stored by a read", WriteRule.Phantom, (run, random) =>
            Stored(run, random) is var (_, version) && random.Pick(run.History.Operations.Where(operation => !operation.Request.IsWrite)) is { } read ? run.With(version, version with { Writer = read.Writer }) : null),
        new("write stored twice", WriteRule.Twice, (run, random) =>
            Stored(run, random) is var (_, version) && random.Pick(run.Journal.Events.Where(later => later.Object is null && later.Revision > version.Revision)) is { } later
                ? run.With(later, version with { Revision = later.Revision, Object = version.Object! with { Revision = later.Revision } }) : null),
        new("write stored in place of another object's", WriteRule.Phantom, (run, random) =>
            Stored(run, random) is var (_, version) ? run.With(version, version with { Object = version.Object! with { Name = "z" }, Id = "/configmaps/ns/z" }) : null),
        new("lost update: what another had written is gone", WriteRule.Effect, (run, random) =>
            Stored(run, random, operation => operation.Request.Kind == OperationKind.Patch, (operation, version) => version.Object!.Content != operation.Request.Content) is var (patch, version)
                ? run.With(version, version with { Object = version.Object! with { Content = patch.Request.Content } }) : null),
        new("update without effect", WriteRule.Effect, (run, random) =>
            Stored(run, random, operation => operation.Request.Kind == OperationKind.Update) is var (_, version) ? run.With(version, version with { Object = version.Object! with { Content = Content.Of("w", "other") } }) : null),
        new("delete stored as a change", WriteRule.Effect, (run, random) => Stored(run, random, operation => operation.Request.Kind == OperationKind.Delete) is var (_, version) ? run.With(version, version with { Deleted = false }) : null),
        new("change that gives another uid", WriteRule.Effect, (run, random) =>
            Stored(run, random, operation => operation.Request.Kind == OperationKind.Patch) is var (_, version) ? run.With(version, version with { Object = version.Object! with { Uid = "other" } }) : null),
    ];

    /// <summary>An acknowledged write with the event that stores it, and that its answer shows.</summary>
    internal static (Operation Operation, StoredVersion Version)? Stored(ChaosRun run, Random random, Func<Operation, bool>? which = null, Func<Operation, StoredVersion, bool>? how = null)
    {
        var events = run.Journal.Events.Where(version => version.Object is not null).ToDictionary(version => version.Writer + version.Revision);
        var writers = run.History.Operations.ToDictionary(operation => operation.Writer);
        var found = events.Values.Where(version => writers.TryGetValue(version.Writer, out var writer) && writer.Answer is Answer.Accepted
            && which?.Invoke(writer) != false && how?.Invoke(writer, version) != false);
        return random.Pick(found) is { } picked ? (writers[picked.Writer], picked) : null;
    }

    /// <summary>What else may stand in the journal where an event was.</summary>
    internal static StoredVersion Forgotten(StoredVersion version) => new(version.Revision, $"/leases/ns/{version.Revision}", 1, false, "system", null);
}
