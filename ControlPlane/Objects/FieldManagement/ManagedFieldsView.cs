using System.Text.Json.Nodes;
using Shared.Api;

namespace ControlPlane.Objects.FieldManagement;

/// <summary>Joins <c>metadata.managedFields</c> to objects on their way out: those who do not ask do not pay for it.</summary>
public static class ManagedFieldsView
{
    // What is read again costs no more than a copy then, and memory no more than this an object; a Pod's takes a few KB, and to make it anew a few microseconds. Of a custom kind
    // the fields' names change with its definition.
    private const int Small = 512;

    /// <summary>The object's JSON with the field.</summary>
    /// <param name="stored">The object.</param>
    /// <param name="kind">Its kind, in the stored version.</param>
    /// <param name="many">Whether others will ask for this version at once, as those who watch do: then what was made for one is kept for all, until there is a newer version.</param>
    public static ReadOnlyMemory<byte> Join(StoredObject stored, KindDefinition kind, bool many = false)
    {
        var (before, member, after) = Parts(stored, kind, many);
        if (member.Length == 0) return stored.Json;
        var joined = new byte[before.Length + member.Length + after.Length];
        before.CopyTo(joined);
        member.CopyTo(joined.AsMemory(before.Length));
        after.CopyTo(joined.AsMemory(before.Length + member.Length));
        return joined;
    }

    /// <summary>The same in parts that follow each other, of which a list of thousands needs no copies.</summary>
    public static (ReadOnlyMemory<byte> Before, ReadOnlyMemory<byte> Member, ReadOnlyMemory<byte> After) Parts(StoredObject stored, KindDefinition kind, bool many = false)
    {
        var member = stored.ManagedView ?? Write(stored, kind);
        if (many || (member.Length <= Small && kind.Definition.Length == 0)) stored.ManagedView = member;
        var at = stored.Header.MetadataAt;
        return (stored.Json[..at], member, stored.Json[at..]);
    }

    /// <summary>The value of the field.</summary>
    internal static JsonArray ListOf(StoredObject stored, KindDefinition kind)
    {
        var member = Write(stored, kind);
        if (member.Length == 0) return [];
        var name = "\"managedFields\":".Length;
        return (JsonArray)ObjectLimits.Parse(member.AsSpan(name, member.Length - name - 1))!;
    }

    /// <summary>The member with a comma behind it, to stand first in the metadata; empty where nothing is known.</summary>
    private static byte[] Write(StoredObject stored, KindDefinition kind)
    {
        if (stored.Managed.Length == 0) return [];
        var managed = stored.Managers;
        if (managed is { NamesAny: true, IsNamed: false }) managed = managed.Named(stored.ToJsonObject(), kind);
        if (managed.Entries.IsEmpty) return [];
        return [.. "\"managedFields\":"u8, .. ObjectJson.ToUtf8((managed, stored, kind), static (given, writer) => given.managed.Write(writer, given.stored, given.kind)), .. ","u8];
    }
}
