using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace ControlPlane.Objects.Selectors;

/// <summary>
/// Finds, among objects that select by labels, those that select given ones, without asking each: every selector stands under one label it requires. Made once of a
/// list that does not change, and kept with it.
/// </summary>
public sealed class SelectorIndex
{
    private static readonly ConditionalWeakTable<ImmutableSortedSet<StoredObject>, SelectorIndex> Known = [];
    private readonly Dictionary<(string Namespace, string Key, string Value), List<(StoredObject Object, LabelSelector Selector)>> _byLabel = [];
    private readonly Dictionary<string, List<(StoredObject Object, LabelSelector Selector)>> _others = new(StringComparer.Ordinal);

    private SelectorIndex(ImmutableSortedSet<StoredObject> objects, Func<StoredObject, LabelSelector> selectorOf)
    {
        foreach (var each in objects)
        {
            var selector = selectorOf(each);
            if (selector.SelectsNothing) continue;
            var required = selector.Requirements.FirstOrDefault(term => term.Operator is LabelOperator.In);
            if (required is null) Add(_others, each.Key.Namespace, (each, selector));
            else foreach (var value in required.Values) Add(_byLabel, (each.Key.Namespace, required.Key, value), (each, selector));
        }
    }

    /// <summary>The index of these objects; the same one for the same list.</summary>
    /// <param name="objects">Of one kind.</param>
    /// <param name="selectorOf">Reads an object's selector; always the same function for a kind.</param>
    public static SelectorIndex Of(ImmutableSortedSet<StoredObject> objects, Func<StoredObject, LabelSelector> selectorOf)
    {
        if (Known.TryGetValue(objects, out var known)) return known;
        var made = new SelectorIndex(objects, selectorOf);
        Known.AddOrUpdate(objects, made);
        return made;
    }

    /// <summary>How many selectors are looked at for these labels: what a search costs.</summary>
    internal int Looks(string @namespace, IReadOnlyDictionary<string, string> labels) =>
        labels.Sum(label => _byLabel.TryGetValue((@namespace, label.Key, label.Value), out var found) ? found.Count : 0)
        + (_others.TryGetValue(@namespace, out var others) ? others.Count : 0);

    /// <summary>The objects of the namespace that select these labels, each once.</summary>
    public IEnumerable<StoredObject> Selecting(string @namespace, IReadOnlyDictionary<string, string> labels)
    {
        foreach (var label in labels)
        {
            if (!_byLabel.TryGetValue((@namespace, label.Key, label.Value), out var found)) continue;
            foreach (var (each, selector) in found)
            {
                if (selector.Matches(labels)) yield return each;
            }
        }
        if (!_others.TryGetValue(@namespace, out var others)) yield break;
        foreach (var (each, selector) in others)
        {
            if (selector.Matches(labels)) yield return each;
        }
    }

    private static void Add<TAt>(Dictionary<TAt, List<(StoredObject, LabelSelector)>> into, TAt at, (StoredObject, LabelSelector) entry)
        where TAt : notnull
    {
        if (!into.TryGetValue(at, out var list)) into[at] = list = [];
        list.Add(entry);
    }
}
