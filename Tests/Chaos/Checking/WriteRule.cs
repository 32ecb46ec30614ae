using Tests.Chaos.Recording;

namespace Tests.Chaos.Checking;

/// <summary>
/// Every stored event was asked for by somebody, is what he asked for made of the version before it, and was permitted there; every acknowledged write is stored,
/// once, as it was acknowledged; no refused one is.
/// </summary>
internal static class WriteRule
{
    public const string Phantom = "a stored write was asked for";
    public const string Twice = "a write is stored once";
    public const string Refused = "a refused write is not stored";
    public const string Lost = "an acknowledged write is stored";
    public const string Otherwise = "a write is acknowledged as it is stored";
    public const string Effect = "a write changes what it says";
    public const string Condition = "a write's condition holds where it is stored";

    public static IEnumerable<Violation> Check(Evidence evidence)
    {
        var stored = new Dictionary<int, StoredVersion>();
        var violations = new List<Violation>();
        foreach (var story in evidence.Stories)
        {
            ObjectSeen? before = null;
            foreach (var version in story.Versions)
            {
                violations.AddRange(Stored(evidence, version, before, stored));
                before = version.Deleted ? null : version.Object;
            }
        }
        foreach (var operation in evidence.History.Operations)
        {
            if (operation.Request.IsWrite && operation.Answer is Answer.Accepted accepted && !stored.ContainsKey(operation.Id)) violations.AddRange(NotStored(evidence, operation, accepted));
        }
        return violations;
    }

    private static IEnumerable<Violation> Stored(Evidence evidence, StoredVersion version, ObjectSeen? before, Dictionary<int, StoredVersion> stored)
    {
        var seen = version.Object!;
        if (version.IsWithdrawal)
        {
            if (before is null || version.Deleted || seen.Content != before.Content || seen.Uid != before.Uid) yield return new(Effect, $"{version} follows {Shown(before)}: a withdrawal changes nothing");
            yield break;
        }
        if (evidence.WriterOf(version) is not { Request.IsWrite: true } writer || writer.Request.Name != seen.Name)
        {
            if (!evidence.Journal.Foreign.Contains(seen.Name)) yield return new(Phantom, $"{version}; {evidence.WriterOf(version)?.ToString() ?? "there is no such operation"}");
            yield break;
        }
        if (!stored.TryAdd(writer.Id, version))
        {
            yield return new(Twice, $"{version}, and {stored[writer.Id]}: {writer}");
            yield break;
        }
        if (writer.Answer is Answer.Refused) yield return new(Refused, $"{version}: {writer}");
        if (!writer.Request.Permits(before)) yield return new(Condition, $"{version} follows {Shown(before)}: {writer}");
        if (version.Deleted != (writer.Request.Kind == OperationKind.Delete) || seen.Content != writer.Request.Apply(before?.Content ?? Content.Empty))
        {
            yield return new(Effect, $"{version} follows {Shown(before)}: {writer}");
        }
        if (before is not null && seen.Uid != before.Uid) yield return new(Effect, $"{version} has another uid than {before}: {writer}");
        if (writer.Answer is Answer.Accepted { Object: { } answered } && answered != seen) yield return new(Otherwise, $"{version}: {writer}");
    }

    // Only what changes nothing need not be stored: it is answered with the version there is.
    private static IEnumerable<Violation> NotStored(Evidence evidence, Operation operation, Answer.Accepted accepted)
    {
        var request = operation.Request;
        if (accepted.Object is { } answered && request.Kind is OperationKind.Update or OperationKind.Patch
            && evidence.StoryOf(request.Name).Exactly(answered.Revision) is { Deleted: false } version && version.Object == answered)
        {
            if (request.Apply(answered.Content) != answered.Content) yield return new(Lost, $"it is acknowledged with {version}, in which it is not: {operation}");
            else if (!request.Permits(answered)) yield return new(Condition, $"it is acknowledged as changing nothing in {version}: {operation}");
        }
        else yield return new(Lost, operation.ToString());
    }

    private static string Shown(ObjectSeen? state) => state?.ToString() ?? "nothing";
}
