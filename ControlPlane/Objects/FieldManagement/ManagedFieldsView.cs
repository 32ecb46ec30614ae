using System.Text.Json.Nodes;
using Shared.Api;

namespace ControlPlane.Objects.FieldManagement;

/// <summary>Joins <c>metadata.managedFields</c> to objects on their way out: those who do not ask do not pay for it.</summary>
public static class ManagedFieldsView
{
    /// <summary>The object's JSON with the field.</summary>
    /// <param name="stored">The object.</param>
    /// <param name="kind">Its kind, in the stored version.</param>
    public static ReadOnlyMemory<byte> Join(StoredObject stored, KindDefinition kind)
    {
        var member = MemberOf(stored, kind);
        if (member.Length == 0) return stored.Json;
        var json = stored.Json.Span;
        var at = stored.Header.MetadataAt;
        var joined = new byte[json.Length + member.Length];
        json[..at].CopyTo(joined);
        member.CopyTo(joined.AsSpan(at));
        json[at..].CopyTo(joined.AsSpan(at + member.Length));
        return joined;
    }

    /// <summary>The member with a comma behind it, to stand first in the metadata; empty where nothing is known. Made once for each version of an object.</summary>
    public static byte[] MemberOf(StoredObject stored, KindDefinition kind)
    {
        if (stored.ManagedView is { } made) return made;
        return stored.ManagedView = stored.Managed.Length == 0 ? [] : Write(stored, kind);
    }

    /// <summary>The value of the field.</summary>
    internal static JsonArray ListOf(StoredObject stored, KindDefinition kind)
    {
        var member = MemberOf(stored, kind);
        if (member.Length == 0) return [];
        var name = "\"managedFields\":".Length;
        return (JsonArray)ObjectLimits.Parse(member.AsSpan(name, member.Length - name - 1))!;
    }

    private static byte[] Write(StoredObject stored, KindDefinition kind)
    {
        var managed = stored.Managers;
        if (managed is { NamesAny: true, IsNamed: false }) managed = managed.Named(stored.ToJsonObject(), kind);
        if (managed.Entries.IsEmpty) return [];
        return [.. "\"managedFields\":"u8, .. ObjectJson.ToUtf8((managed, stored, kind), static (given, writer) => given.managed.Write(writer, given.stored, given.kind)), .. ","u8];
    }
}
