using System.Text.Json.Nodes;

namespace ControlPlane.Objects.FieldManagement;

/// <summary>The fields of an object that can be anybody's: not those that are the server's own.</summary>
internal static class OwnedFields
{
    private static readonly HashSet<string> Servers = ["f:name", "f:namespace", "f:uid", "f:resourceVersion", "f:generation", "f:creationTimestamp", "f:selfLink", "f:managedFields"];

    /// <summary>All of an object.</summary>
    public static FieldSet Of(JsonObject @object, KindDefinition kind, bool containers = false) => Strip(FieldWalk.All(@object, FieldPlace.Root(kind.Schema), containers));

    /// <summary>Those that a new version has and an old one has not, or with another value.</summary>
    public static FieldSet Changed(JsonObject old, JsonObject @new, KindDefinition kind) =>
        FieldWalk.Changed(old, @new, FieldPlace.Root(kind.Schema)) is { } changed ? Strip(changed) : new();

    /// <summary>As the other, where nothing but the status can differ, or may be looked at all.</summary>
    public static FieldSet Changed(JsonObject old, JsonObject @new, KindDefinition kind, bool statusOnly)
    {
        if (!statusOnly) return Changed(old, @new, kind);
        var set = new FieldSet();
        if (FieldWalk.Changed(old["status"], @new["status"], FieldPlace.Root(kind.Schema).Member("status")) is { } changed) set.Put("f:status", changed);
        return set;
    }

    /// <summary>Those of a set that an object has.</summary>
    public static FieldSet Existing(FieldSet set, JsonObject @object, KindDefinition kind) => FieldWalk.Existing(set, @object, FieldPlace.Root(kind.Schema)) ?? new();

    /// <summary>Those of the status, or all others.</summary>
    public static FieldSet Part(FieldSet set, bool status)
    {
        var part = new FieldSet();
        foreach (var (element, below) in set.Below)
        {
            if (element == "f:status" == status) part.Put(element, below);
        }
        return part;
    }

    private static FieldSet Strip(FieldSet set)
    {
        var stripped = new FieldSet();
        foreach (var (element, below) in set.Below)
        {
            if (element is "f:apiVersion" or "f:kind") continue;
            if (element != "f:metadata")
            {
                stripped.Put(element, below);
                continue;
            }
            var metadata = new FieldSet();
            foreach (var (member, fields) in below.Below)
            {
                if (!Servers.Contains(member)) metadata.Put(member, fields);
            }
            if (!metadata.IsEmpty) stripped.Put(element, metadata);
        }
        return stripped;
    }
}
