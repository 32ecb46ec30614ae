using System.Text.Json.Nodes;

namespace ControlPlane.Objects.FieldManagement;

/// <summary>Takes out of an object what nobody wants any more.</summary>
internal static class FieldRemoval
{
    /// <summary>
    /// Removes fields, in place: those of a set, with all that is below them, unless something of that is to be kept. What is empty then goes, too.
    /// </summary>
    /// <param name="target">The object.</param>
    /// <param name="doomed">What nobody wants.</param>
    /// <param name="kept">What somebody still has.</param>
    /// <param name="place">Where the object stands.</param>
    public static void Remove(JsonObject target, FieldSet doomed, FieldSet kept, FieldPlace place)
    {
        foreach (var (element, below) in doomed.Below)
        {
            if (!element.StartsWith("f:", StringComparison.Ordinal)) continue;
            var name = element[2..];
            if (target[name] is { } value && Left(value, below, kept.At(element), place.Member(name)) is false) target.Remove(name);
        }
    }

    /// <summary>Whether anything is left of a value.</summary>
    private static bool Left(JsonNode value, FieldSet doomed, FieldSet? kept, FieldPlace place)
    {
        if (kept is null && doomed.IsMember) return false;
        switch (place.Shape, value)
        {
            case (PlaceShape.Struct or PlaceShape.Map, JsonObject { Count: > 0 } members):
                Remove(members, doomed, kept ?? new(), place);
                return members.Count > 0 || kept is not null;
            case (PlaceShape.KeyedList or PlaceShape.Set, JsonArray { Count: > 0 } list):
                var index = place.Index(list);
                foreach (var (element, below) in doomed.Below)
                {
                    if (!index.TryGetValue(element, out var item)) continue;
                    if (item is null || !LeftOfItem(item, below, kept?.At(element), place)) list.Remove(item);
                }
                return list.Count > 0 || kept is not null;
            default:
                return true;
        }
    }

    private static bool LeftOfItem(JsonNode item, FieldSet doomed, FieldSet? kept, FieldPlace list)
    {
        if (kept is null && doomed.IsMember) return false;
        if (list.Shape is not PlaceShape.KeyedList || item is not JsonObject members) return true;

        // An item that stays keeps what it is known by.
        var spared = new FieldSet();
        foreach (var key in list.Keys) spared.Make($"f:{key}").IsMember = true;
        Remove(members, doomed, FieldSet.Union(kept ?? new(), spared), list.Item);
        return true;
    }
}
