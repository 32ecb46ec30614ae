using System.Text.Json.Nodes;
using Shared.Json;

namespace ControlPlane.Objects.Patching;

/// <summary>Merges lists for a strategic merge patch: items by their merge key, scalars as a set.</summary>
internal static class ListMerge
{
    /// <summary>
    /// The merged list, new. Items the patch names stand in the patch's order; those only the server has keep their order, and their place
    /// before an item they preceded.
    /// </summary>
    /// <param name="list">The list there is.</param>
    /// <param name="patch">What the patch says of it.</param>
    /// <param name="field">How the list merges.</param>
    /// <param name="order">The patch's <c>$setElementOrder</c>, if it has one: how many items of each merge key are wanted in the end.</param>
    public static JsonArray Merge(JsonArray list, JsonArray patch, PatchField field, JsonArray? order = null)
    {
        if (list.Count == 0 && patch.Count == 0) return [];
        if (!list.Concat(patch).Any(item => item is JsonObject)) return Arrange(Union(list, patch), patch, list, "");
        if (field.MergeKey.Length == 0) throw PatchRefused.NotApplicable("cannot merge lists without merge key");
        var merged = (JsonArray)list.DeepClone();
        var match = new ListMatch(field, order);
        var (changes, replace) = ObeyDirectives(merged, patch, match);
        if (replace) return [.. changes.Select(StrategicMerge.WithoutDirectives)];
        foreach (var change in changes)
        {
            var at = match.IndexOf(merged, change, changes);
            if (at < 0) merged.Add(StrategicMerge.WithoutDirectives(change));
            else if (merged[at] is JsonObject present)
            {
                var result = StrategicMerge.Merge(present, change, field.Below());
                if (!ReferenceEquals(result, present)) merged[at] = result;
            }
        }
        return Arrange(merged, [.. changes.Select(change => change.DeepClone())], list, field.MergeKey);
    }

    /// <summary>Checks that the items of a patch come in the order it asks for.</summary>
    public static void CheckOrder(JsonArray items, JsonArray order, string mergeKey)
    {
        var at = 0;
        foreach (var item in items)
        {
            if (item is JsonObject entry && entry.ContainsKey(StrategicMerge.Directive)) continue;
            var key = Key(item, mergeKey);
            while (at < order.Count && !JsonNode.DeepEquals(Key(order[at], mergeKey), key)) at++;
            if (at == order.Count) throw PatchRefused.Malformed($"the order in patch list:\n {items.ToJsonString()}\n doesn't match $setElementOrder list:\n {order.ToJsonString()}");
        }
    }

    /// <summary>The items of <paramref name="merged"/>, those in <paramref name="order"/> as it has them, the rest as <paramref name="before"/> had them.</summary>
    public static JsonArray Arrange(JsonArray merged, JsonArray order, JsonArray before, string mergeKey)
    {
        var (wanted, places) = (Places(order, mergeKey), Places(before, mergeKey));
        var all = merged.Select(item => (Item: item, Key: Text(Key(item, mergeKey)))).ToArray();
        var named = all.Where(entry => wanted.ContainsKey(entry.Key)).OrderBy(entry => wanted[entry.Key]).ToArray();
        var own = all.Where(entry => !wanted.ContainsKey(entry.Key)).OrderBy(entry => places.GetValueOrDefault(entry.Key, int.MaxValue)).ToArray();
        var arranged = new JsonArray();
        merged.Clear();
        var (i, j) = (0, 0);
        while (i < own.Length || j < named.Length)
        {
            var ownFirst = j >= named.Length
                || (i < own.Length && places.TryGetValue(own[i].Key, out var mine) && places.TryGetValue(named[j].Key, out var other) && mine < other);
            arranged.Add(ownFirst ? own[i++].Item : named[j++].Item);
        }
        return arranged;
    }

    private static (List<JsonObject> Changes, bool Replace) ObeyDirectives(JsonArray list, JsonArray patch, ListMatch match)
    {
        var changes = new List<JsonObject>(patch.Count);
        var replace = false;
        foreach (var item in patch)
        {
            if (item is not JsonObject entry) throw PatchRefused.NotApplicable("a list of objects cannot be merged with scalars");
            if (!entry.TryGetPropertyValue(StrategicMerge.Directive, out var directive))
            {
                changes.Add(entry);
                continue;
            }
            switch (directive.Text())
            {
                case "delete":
                    match.Delete(list, entry, patch);
                    break;
                case "replace":
                    replace = true;
                    break;
                case "merge":
                    changes.Add(entry);
                    break;
                default:
                    throw PatchRefused.Malformed($"unknown patch type: {directive?.ToJsonString()} in map: {entry.ToJsonString()}");
            }
        }
        return (changes, replace);
    }

    private static JsonArray Union(JsonArray list, JsonArray patch)
    {
        var union = new JsonArray();
        var seen = new HashSet<string>();
        foreach (var item in list.Concat(patch))
        {
            if (seen.Add(Text(item))) union.Add(item?.DeepClone());
        }
        return union;
    }

    private static JsonNode? Key(JsonNode? item, string mergeKey) => mergeKey.Length == 0 ? item : (item as JsonObject)?[mergeKey];

    private static Dictionary<string, int> Places(JsonArray list, string mergeKey)
    {
        var places = new Dictionary<string, int>(list.Count);
        for (var i = 0; i < list.Count; i++) places.TryAdd(Text(Key(list[i], mergeKey)), i);
        return places;
    }

    private static string Text(JsonNode? node) => node?.ToJsonString() ?? "null";
}
