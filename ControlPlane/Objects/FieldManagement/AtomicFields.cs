using System.Globalization;
using System.Text.Json.Nodes;

namespace ControlPlane.Objects.FieldManagement;

/// <summary>Finds lists, maps and structs that are owned as a whole: to apply one replaces all that is in it.</summary>
internal static class AtomicFields
{
    /// <summary>The places of those in what is applied, the outermost of each: <c>.spec.containers[0].args</c>.</summary>
    public static List<string> In(JsonObject applied, FieldPlace root)
    {
        var found = new List<string>();
        Find(applied, root, "", found);
        return found;
    }

    private static void Find(JsonNode? node, FieldPlace place, string path, List<string> found)
    {
        switch (place.Shape, node)
        {
            case (PlaceShape.Struct or PlaceShape.Map, JsonObject members):
                // Of what is not declared nobody can say how it is merged.
                foreach (var (name, value) in members)
                {
                    if (place.Declares(name)) Find(value, place.Member(name), $"{path}.{name}", found);
                }
                break;
            case (PlaceShape.KeyedList, JsonArray items):
                for (var i = 0; i < items.Count; i++) Find(items[i], place.Item, string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]"), found);
                break;
            case (PlaceShape.Set, JsonArray):
                break;
            case (_, JsonObject or JsonArray):
                found.Add(path);
                break;
        }
    }
}
