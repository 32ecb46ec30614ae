using System.Text.Json.Nodes;

namespace ControlPlane.Objects.Validation;

/// <summary>Reads and fills members of a tree. A member of another type than the one asked for counts as absent: nothing here throws.</summary>
internal static class JsonReading
{
    /// <summary>An object member, or null.</summary>
    public static JsonObject? Child(this JsonObject? @object, string member) => @object?[member] as JsonObject;

    /// <summary>A list member, or null.</summary>
    public static JsonArray? List(this JsonObject? @object, string member) => @object?[member] as JsonArray;

    /// <summary>A flag, or null.</summary>
    public static bool? Flag(this JsonObject? @object, string member) =>
        @object?[member] is JsonValue value && value.TryGetValue<bool>(out var flag) ? flag : null;

    /// <summary>Whether a member is there and not null.</summary>
    public static bool Has(this JsonObject? @object, string member) => @object?[member] is not null;

    /// <summary>The objects of a list member.</summary>
    public static IEnumerable<JsonObject> Objects(this JsonObject? @object, string member) => @object.List(member)?.OfType<JsonObject>() ?? [];

    /// <summary>The texts of a list member.</summary>
    public static IEnumerable<string> Texts(this JsonObject? @object, string member) =>
        @object.List(member)?.Select(TextOf).OfType<string>() ?? [];

    /// <summary>A node's text, or null.</summary>
    public static string? TextOf(this JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    /// <summary>A node's whole number, or null.</summary>
    public static long? NumberOf(this JsonNode? node) =>
        node is not JsonValue value ? null
        : value.TryGetValue<long>(out var number) ? number
        // A number that was set, not read, keeps the type it was set with.
        : value.TryGetValue<int>(out var small) ? small
        : null;

    /// <summary>A map of texts, as label sets are; empty if absent.</summary>
    public static Dictionary<string, string> TextMap(this JsonObject? @object)
    {
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in @object ?? []) map[key] = value.TextOf() ?? "";
        return map;
    }

    /// <summary>Sets a text that is absent or empty.</summary>
    public static void Default(this JsonObject @object, string member, string value)
    {
        if (@object.Text(member).Length == 0) @object[member] = value;
    }

    /// <summary>Sets a text where nothing is, not even a number.</summary>
    public static void DefaultAny(this JsonObject @object, string member, string value)
    {
        if (!@object.Has(member)) @object[member] = value;
    }

    /// <summary>Sets a number that is absent.</summary>
    public static void Default(this JsonObject @object, string member, long value)
    {
        if (!@object.Has(member)) @object[member] = value;
    }

    /// <summary>Sets a flag that is absent.</summary>
    public static void Default(this JsonObject @object, string member, bool value)
    {
        if (!@object.Has(member)) @object[member] = value;
    }

    /// <summary>An object member, made if it is absent.</summary>
    public static JsonObject DefaultChild(this JsonObject @object, string member)
    {
        if (@object[member] is JsonObject there) return there;
        var made = new JsonObject();
        @object[member] = made;
        return made;
    }
}
