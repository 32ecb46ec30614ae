using System.Text.Json.Nodes;

namespace Shared.Json;

/// <summary>Fills a tree: with what is absent, or from another tree.</summary>
public static class TreeFilling
{
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

    /// <summary>A list member, made if it is absent.</summary>
    public static JsonArray DefaultList(this JsonObject @object, string member)
    {
        if (@object[member] is JsonArray there) return there;
        var made = new JsonArray();
        @object[member] = made;
        return made;
    }

    /// <summary>Sets in an object member what another object's has, as copies, and leaves what that does not name: labels over labels.</summary>
    public static void Overlay(this JsonObject @object, JsonObject over, string member)
    {
        if (over.Child(member) is not { } added) return;
        var there = @object.DefaultChild(member);
        foreach (var (name, value) in added) there[name] = value?.DeepClone();
    }

    /// <summary>A new object with copies of some members: those there are.</summary>
    public static JsonObject Pick(this JsonObject? @object, params ReadOnlySpan<string> members)
    {
        var picked = new JsonObject();
        foreach (var member in members)
        {
            if (@object?[member] is { } value) picked[member] = value.DeepClone();
        }
        return picked;
    }

    /// <summary>An object's metadata, made if it is absent.</summary>
    public static JsonObject Metadata(this JsonObject @object) => @object.DefaultChild("metadata");

    /// <summary>An object's status, made if it is absent.</summary>
    public static JsonObject Status(this JsonObject @object) => @object.DefaultChild("status");
}
