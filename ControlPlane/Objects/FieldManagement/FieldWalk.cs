using System.Text.Json.Nodes;

namespace ControlPlane.Objects.FieldManagement;

/// <summary>Finds fields in trees: all there are, those that differ, those of a set that are there. Trees stay as they are.</summary>
internal static class FieldWalk
{
    /// <summary>Every field of a value.</summary>
    /// <param name="node">The value.</param>
    /// <param name="place">Where it stands.</param>
    /// <param name="containers">Whether maps and lists are fields beside what they hold, as they are of who made them by an update.</param>
    public static FieldSet All(JsonNode? node, FieldPlace place, bool containers = false)
    {
        var set = new FieldSet();
        Add(node, place, set, containers);
        return set;
    }

    /// <summary>The fields that a new version has and an old one has not, or has with another value; null for none.</summary>
    public static FieldSet? Changed(JsonNode? old, JsonNode? @new, FieldPlace place)
    {
        if (@new is null) return null;
        if (old is null) return All(@new, place, containers: true);
        switch (place.Shape, old, @new)
        {
            case (PlaceShape.Struct or PlaceShape.Map, JsonObject before, JsonObject after):
                if (after.Count == 0) return before.Count == 0 ? null : Itself();
                FieldSet? members = null;
                foreach (var (name, value) in after)
                {
                    if (Changed(before[name], value, place.Member(name)) is not { } changed) continue;
                    if (!before.ContainsKey(name) && !place.Declares(name)) changed.IsMember = true;
                    (members ??= new()).Put($"f:{name}", changed);
                }
                return members;
            case (PlaceShape.KeyedList, JsonArray before, JsonArray after):
                if (after.Count == 0) return before.Count == 0 ? null : Itself();
                return ChangedItems(before, after, place);
            case (PlaceShape.Set, JsonArray before, JsonArray after):
                if (after.Count == 0) return before.Count == 0 ? null : Itself();
                FieldSet? values = null;
                var known = place.Index(before);
                foreach (var item in after)
                {
                    var element = place.ElementOf(item);
                    if (!known.ContainsKey(element)) (values ??= new()).Make(element).IsMember = true;
                }
                return values;
            default:
                return JsonNode.DeepEquals(old, @new) ? null : Itself();
        }
    }

    /// <summary>What of a set a value has: the set itself if all of it, null if nothing.</summary>
    public static FieldSet? Existing(FieldSet set, JsonNode? node, FieldPlace place)
    {
        if (node is null) return null;
        if (set.Below.Count == 0) return set.IsMember ? set : null;
        var index = node is JsonArray list && place.Shape is PlaceShape.KeyedList or PlaceShape.Set ? place.Index(list) : null;
        var made = new FieldSet { IsMember = set.IsMember };
        var isWhole = true;
        foreach (var (element, below) in set.Below)
        {
            JsonNode? value;
            FieldPlace at;
            if (element.StartsWith("f:", StringComparison.Ordinal)) (value, at) = ((node as JsonObject)?[element[2..]], place.Member(element[2..]));
            else if (index is not null) (value, at) = (index.GetValueOrDefault(element), place.Item);
            else (value, at) = (null, place);
            var left = Existing(below, value, at);
            isWhole &= ReferenceEquals(left, below);
            if (left is not null) made.Put(element, left);
        }
        return isWhole ? set : made.IsEmpty ? null : made;
    }

    private static FieldSet Itself() => new() { IsMember = true };

    private static void Add(JsonNode? node, FieldPlace place, FieldSet at, bool containers)
    {
        switch (place.Shape, node)
        {
            case (PlaceShape.Struct or PlaceShape.Map, JsonObject { Count: > 0 } members):
                if (containers && place.Shape is PlaceShape.Map) at.IsMember = true;
                foreach (var (name, value) in members)
                {
                    var below = at.Make($"f:{name}");
                    if (!place.Declares(name)) below.IsMember = true;
                    Add(value, place.Member(name), below, containers);
                }
                break;
            case (PlaceShape.KeyedList or PlaceShape.Set, JsonArray { Count: > 0 } list):
                if (containers) at.IsMember = true;
                foreach (var item in list)
                {
                    var below = at.Make(place.ElementOf(item));
                    below.IsMember = true;
                    if (place.Shape is PlaceShape.KeyedList) Add(item, place.Item, below, containers);
                }
                break;
            default:
                at.IsMember = true;
                break;
        }
    }

    private static FieldSet? ChangedItems(JsonArray before, JsonArray after, FieldPlace place)
    {
        var known = place.Index(before);
        FieldSet? items = null;
        foreach (var item in after)
        {
            var element = place.ElementOf(item);
            var isKnown = known.TryGetValue(element, out var old);
            if (Changed(old, item, place.Item) is not { } changed) continue;
            if (!isKnown) changed.IsMember = true;
            (items ??= new()).Put(element, changed);
        }
        return items;
    }
}
