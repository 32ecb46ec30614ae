using System.Text.Json.Nodes;

namespace ControlPlane.Objects.FieldManagement;

/// <summary>Puts what is applied into an object: members over members, items over the items with their keys, everything else whole.</summary>
internal static class ApplyMerge
{
    /// <summary>Merges into an object, in place. What is applied stays as it was.</summary>
    public static void Merge(JsonObject target, JsonObject applied, FieldPlace place)
    {
        foreach (var (name, value) in applied) target[name] = Merged(target[name], value, place.Member(name));
    }

    private static JsonNode? Merged(JsonNode? present, JsonNode? applied, FieldPlace place)
    {
        switch (place.Shape, present, applied)
        {
            case (PlaceShape.Struct or PlaceShape.Map, JsonObject target, JsonObject members):
                Merge(target, members, place);
                return target;
            case (PlaceShape.KeyedList or PlaceShape.Set, JsonArray list, JsonArray items):
                return Merged(list, items, place);
            default:
                return applied?.DeepClone();
        }
    }

    /// <summary>The items come in the order they are applied in; those that only the object has keep their place behind the one they followed.</summary>
    private static JsonArray Merged(JsonArray list, JsonArray applied, FieldPlace place)
    {
        var (known, wanted) = (place.Index(list), place.Index(applied));
        JsonNode?[] present = [.. list];
        list.Clear();
        var (made, done) = (new JsonArray(), new HashSet<string>(StringComparer.Ordinal));
        var (mine, theirs) = (0, 0);
        while (mine < present.Length || theirs < applied.Count)
        {
            if (mine < present.Length && place.ElementOf(present[mine]) is var kept && (done.Contains(kept) || !wanted.ContainsKey(kept)))
            {
                // Whatever has the keys of another item that is not applied stays, too: the object had it.
                if (!wanted.ContainsKey(kept)) made.Add(present[mine]);
                mine++;
                continue;
            }
            if (theirs == applied.Count) break;
            var item = applied[theirs++];
            var element = place.ElementOf(item);
            if (done.Add(element)) made.Add(known.TryGetValue(element, out var there) ? Merged(there, item, place.Item) : item?.DeepClone());
        }
        return made;
    }
}
