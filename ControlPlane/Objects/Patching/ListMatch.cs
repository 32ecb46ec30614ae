using System.Text.Json.Nodes;

namespace ControlPlane.Objects.Patching;

/// <summary>
/// Which items of a list an entry of a strategic merge patch means. Kubernetes goes by the merge key alone, and so does this where that is all the entry
/// gives; where lists tell their items apart by more (a port's number and protocol), it goes by all the keys the entry gives, with their defaults.
/// </summary>
/// <param name="field">How the list merges.</param>
/// <param name="order">The patch's <c>$setElementOrder</c>, or null.</param>
internal sealed class ListMatch(PatchField field, JsonArray? order)
{
    /// <summary>The place of the item that the entry changes; -1 if it adds one.</summary>
    public int IndexOf(JsonArray list, JsonObject entry, IReadOnlyCollection<JsonObject> entries)
    {
        var named = Named(list, entry);
        if (named.Count == 0) return -1;
        if (!GivesOthers(entry)) return Default(list, named);
        foreach (var at in named)
        {
            if (Agrees((JsonObject)list[at]!, entry)) return at;
        }
        // No item is the one that is meant. Whoever lists fewer of this merge key than there would be wants one of them changed, not another one.
        if (order is null || named.Count < Wanted(entry)) return -1;
        return named.Where(at => !entries.Any(other => other != entry && Means(other, (JsonObject)list[at]!))).DefaultIfEmpty(-1).First();
    }

    /// <summary>Deletes the items that an entry means: all that agree with it, or, of those its merge key names, all but as many as the order still lists.</summary>
    public void Delete(JsonArray list, JsonObject entry, JsonArray entries)
    {
        var doomed = Named(list, entry).FindAll(at => Agrees((JsonObject)list[at]!, entry));
        if (order is not null && !field.OtherKeys.IsEmpty && !GivesOthers(entry))
        {
            var changed = entries.OfType<JsonObject>().Count(other => !other.ContainsKey(StrategicMerge.Directive) && SameKey(other, entry));
            doomed = [.. doomed.Skip(Math.Max(0, Wanted(entry) - changed))];
        }
        for (var i = doomed.Count - 1; i >= 0; i--) list.RemoveAt(doomed[i]);
    }

    private int Wanted(JsonObject entry) => order!.Count(item => item is JsonObject listed && SameKey(listed, entry));

    private int Default(JsonArray list, List<int> named)
    {
        foreach (var at in named)
        {
            if (field.OtherKeys.All(key => key.IsDefault((JsonObject)list[at]!))) return at;
        }
        return named[0];
    }

    private List<int> Named(JsonArray list, JsonObject entry)
    {
        var key = KeyOf(entry);
        var named = new List<int>();
        for (var i = 0; i < list.Count; i++)
        {
            if (list[i] is JsonObject item && JsonNode.DeepEquals(item[field.MergeKey], key)) named.Add(i);
        }
        return named;
    }

    private bool GivesOthers(JsonObject entry) => field.OtherKeys.Any(key => entry[key.Name] is not null);

    private bool Agrees(JsonObject item, JsonObject entry) => field.OtherKeys.All(key => entry[key.Name] is not { } given || key.Is(item, given));

    private bool Means(JsonObject entry, JsonObject item) => SameKey(entry, item) && GivesOthers(entry) && Agrees(item, entry);

    private bool SameKey(JsonObject one, JsonObject other) => JsonNode.DeepEquals(one[field.MergeKey], other[field.MergeKey]);

    private JsonNode KeyOf(JsonObject entry) =>
        entry[field.MergeKey] ?? throw PatchRefused.NotApplicable($"map: {entry.ToJsonString()} does not contain declared merge key: {field.MergeKey}");
}
