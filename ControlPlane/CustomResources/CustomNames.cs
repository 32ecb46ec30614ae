using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Shared.Json;

namespace ControlPlane.CustomResources;

/// <summary>What the objects of a definition are called.</summary>
internal sealed record CustomNames(string Plural, string Singular, string Kind, string ListKind, ImmutableArray<string> ShortNames, ImmutableArray<string> Categories)
{
    public static CustomNames Of(JsonObject? names) => new(
        names.Text("plural"), names.Text("singular"), names.Text("kind"), names.Text("listKind"), [.. names.Texts("shortNames")], [.. names.Texts("categories")]);

    /// <summary>What of these names others have in the same group, with the reason that a condition gives; null for nothing.</summary>
    public (string Reason, string Message)? Conflict(IEnumerable<CustomNames> others)
    {
        HashSet<string> resources = [], kinds = [];
        foreach (var other in others)
        {
            resources.UnionWith([other.Plural, other.Singular, .. other.ShortNames]);
            kinds.UnionWith([other.Kind, other.ListKind]);
        }
        // Of several Kubernetes tells the last.
        if (kinds.Contains(ListKind)) return ("ListKindConflict", InUse(ListKind));
        if (kinds.Contains(Kind)) return ("KindConflict", InUse(Kind));
        if (ShortNames.FirstOrDefault(resources.Contains) is { } shortName) return ("ShortNamesConflict", InUse(shortName));
        if (Singular.Length > 0 && resources.Contains(Singular)) return ("SingularConflict", InUse(Singular));
        return resources.Contains(Plural) ? ("PluralConflict", InUse(Plural)) : null;
    }

    /// <summary>As <c>status.acceptedNames</c> has them.</summary>
    public JsonObject ToJson()
    {
        var names = new JsonObject { ["plural"] = Plural, ["kind"] = Kind };
        if (Singular.Length > 0) names["singular"] = Singular;
        if (ListKind.Length > 0) names["listKind"] = ListKind;
        if (!ShortNames.IsEmpty) names["shortNames"] = new JsonArray([.. ShortNames.Select(name => JsonValue.Create(name))]);
        if (!Categories.IsEmpty) names["categories"] = new JsonArray([.. Categories.Select(name => JsonValue.Create(name))]);
        return names;
    }

    private static string InUse(string name) => $"\"{name}\" is already in use";
}
