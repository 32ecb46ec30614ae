using Tests.Chaos.Recording;

namespace Tests.Chaos.Checking;

/// <summary>What was read was stored: each object is shown as it is stored under its revision, and a list shows exactly the objects there were at its revision.</summary>
internal static class ShownRule
{
    public const string Object = "an object is shown as it is stored";
    public const string List = "a list is the state at its revision";

    public static IEnumerable<Violation> Check(Evidence evidence)
    {
        foreach (var operation in evidence.History.Operations)
        {
            if (operation is not { Request.Kind: OperationKind.Get, Answer: Answer.Accepted { Object: { } seen } }) continue;
            var stored = evidence.StoryOf(operation.Request.Name).Exactly(seen.Revision);
            if (stored is null || stored.Deleted || stored.Object != seen) yield return new(Object, $"there is {stored?.ToString() ?? "no such version"}: {operation}");
        }
        foreach (var violation in Lists(evidence)) yield return violation;
    }

    private static IEnumerable<Violation> Lists(Evidence evidence)
    {
        var shown = evidence.History.Operations.Where(operation => operation.Answer is Answer.Listed)
            .Select(operation => (List: (Answer.Listed)operation.Answer, Who: (object)operation))
            .Concat(evidence.History.Watches.Select(Begin).OfType<(Answer.Listed List, object Who)>());
        var (state, next) = (new SortedDictionary<string, ObjectSeen>(StringComparer.Ordinal), 0);
        foreach (var (list, who) in shown.OrderBy(pair => pair.List.Revision))
        {
            for (; next < evidence.Scope.Count && evidence.Scope[next].Revision <= list.Revision; next++)
            {
                var version = evidence.Scope[next];
                if (version.Deleted) state.Remove(version.Object!.Name);
                else state[version.Object!.Name] = version.Object;
            }
            if (Difference(state, list) is { } difference) yield return new(List, $"{difference}: {who}");
        }
    }

    private static string? Difference(SortedDictionary<string, ObjectSeen> state, Answer.Listed list)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in list.Items)
        {
            if (!names.Add(item.Name)) return $"{item.Name} is in it twice";
            if (state.GetValueOrDefault(item.Name) is var stored && stored != item) return $"it shows {item} where there is {stored?.ToString() ?? "nothing"}";
        }
        return state.Values.FirstOrDefault(stored => !names.Contains(stored.Name)) is { } missing ? $"it lacks {missing}" : null;
    }

    private static (Answer.Listed List, object Who)? Begin(WatchRecord watch)
    {
        if (watch.From is not null || watch.Events.FirstOrDefault(line => line.Type == WatchEvent.InitialEnd) is not { Object: { } end }) return null;
        return (new(end.Revision, [.. watch.Events.TakeWhile(line => line.Type == WatchEvent.Added).Select(line => line.Object)]), watch);
    }
}
