using System.Text;
using System.Text.Json;
using ControlPlane.Objects.Schemas;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Objects.FieldManagement;

/// <summary>
/// Writes the fields of an object that nobody names, straight from its JSON: what <see cref="OwnedFields.Of"/> finds in a tree, without one. Most objects are told
/// of in this way, lists of them too.
/// </summary>
internal static class RestFields
{
    /// <summary>No name that is escaped or longer is written without a text of its own.</summary>
    private const int LongestOnStack = 256;

    /// <summary>FieldsV1 of some parts of an object.</summary>
    /// <param name="json">The object.</param>
    /// <param name="schema">Its schema.</param>
    /// <param name="parts">Which parts.</param>
    /// <param name="writer">Takes a JSON object.</param>
    public static void Write(ReadOnlySpan<byte> json, Schema schema, FieldRest parts, Utf8JsonWriter writer)
    {
        var reader = new Utf8JsonReader(json, ObjectLimits.Reader);
        var root = FieldPlace.Root(schema);
        reader.Read();
        writer.WriteStartObject();
        while (reader.NextMember())
        {
            var isStatus = reader.ValueTextEquals("status"u8);
            if (reader.ValueTextEquals("metadata"u8))
            {
                if (parts.HasFlag(FieldRest.Object)) WriteMetadata(ref reader, root.Member("metadata"), writer);
                else reader.Pass();
            }
            else if (reader.ValueTextEquals("apiVersion"u8) || reader.ValueTextEquals("kind"u8) || !parts.HasFlag(isStatus ? FieldRest.Status : FieldRest.Object)) reader.Pass();
            else WriteMember(ref reader, root, writer);
        }
        writer.WriteEndObject();
    }

    private static void WriteMetadata(ref Utf8JsonReader reader, FieldPlace place, Utf8JsonWriter writer)
    {
        if (!reader.Enter(JsonTokenType.StartObject)) return;
        var began = false;
        while (reader.NextMember())
        {
            if (IsServers(ref reader))
            {
                reader.Pass();
                continue;
            }
            if (!began) writer.WriteStartObject("f:metadata"u8);
            began = true;
            WriteMember(ref reader, place, writer);
        }
        if (began) writer.WriteEndObject();
    }

    private static bool IsServers(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("name"u8) || reader.ValueTextEquals("namespace"u8) || reader.ValueTextEquals("uid"u8) || reader.ValueTextEquals("resourceVersion"u8)
        || reader.ValueTextEquals("generation"u8) || reader.ValueTextEquals("creationTimestamp"u8) || reader.ValueTextEquals("selfLink"u8) || reader.ValueTextEquals("managedFields"u8);

    /// <summary>The reader stands on a member's name; afterwards on the last token of its value.</summary>
    private static void WriteMember(ref Utf8JsonReader reader, FieldPlace parent, Utf8JsonWriter writer)
    {
        FieldPlace place;
        bool isDeclared;
        if (reader.ValueIsEscaped || reader.ValueSpan.Length > LongestOnStack)
        {
            var name = reader.GetString()!;
            writer.WritePropertyName($"f:{name}");
            (place, isDeclared) = (parent.Member(name), parent.Declares(name));
        }
        else
        {
            Span<byte> element = stackalloc byte[LongestOnStack + 2];
            "f:"u8.CopyTo(element);
            reader.ValueSpan.CopyTo(element[2..]);
            writer.WritePropertyName(element[..(reader.ValueSpan.Length + 2)]);
            place = parent.Member(reader.ValueSpan, out isDeclared);
        }
        reader.Read();
        WriteValue(ref reader, place, !isDeclared, writer);
    }

    /// <summary>The reader stands on a value's first token; afterwards on its last.</summary>
    private static void WriteValue(ref Utf8JsonReader reader, FieldPlace place, bool isMember, Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        switch (place.Shape, reader.TokenType)
        {
            case (PlaceShape.Struct or PlaceShape.Map, JsonTokenType.StartObject):
                var any = false;
                while (reader.NextMember())
                {
                    if (!any && (isMember || place.Shape is PlaceShape.Map)) WriteItself(writer);
                    any = true;
                    WriteMember(ref reader, place, writer);
                }
                break;
            case (PlaceShape.KeyedList or PlaceShape.Set, JsonTokenType.StartArray):
                List<string>? seen = null;
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    if (seen is null) WriteItself(writer);
                    var element = place.Shape is PlaceShape.KeyedList ? KeyOf(reader, place) : $"v:{Raw(ref reader)}";
                    if ((seen ??= []).Contains(element))
                    {
                        // Of several with the same keys the first counts.
                        reader.Skip();
                        continue;
                    }
                    seen.Add(element);
                    writer.WritePropertyName(element);
                    if (place.Shape is PlaceShape.KeyedList) WriteValue(ref reader, place.Item, isMember: true, writer);
                    else
                    {
                        reader.Skip();
                        writer.WriteStartObject();
                        writer.WriteEndObject();
                    }
                }
                break;
            default:
                reader.Skip();
                break;
        }
        writer.WriteEndObject();
    }

    private static void WriteItself(Utf8JsonWriter writer)
    {
        writer.WriteStartObject("."u8);
        writer.WriteEndObject();
    }

    // The reader is a copy: the item is read again for its fields.
    private static string KeyOf(Utf8JsonReader item, FieldPlace place)
    {
        var keys = place.SortedKeys;
        var found = new string?[keys.Length];
        if (item.TokenType == JsonTokenType.StartObject)
        {
            while (item.NextMember())
            {
                var at = 0;
                while (at < keys.Length && !item.ValueTextEquals(keys[at])) at++;
                if (at == keys.Length)
                {
                    item.Pass();
                    continue;
                }
                item.Read();
                found[at] = Raw(ref item);
                item.Skip();
            }
        }
        return place.KeyOf(keys, found);
    }

    private static string Raw(ref Utf8JsonReader reader) => reader.TokenType == JsonTokenType.String
        ? $"\"{Encoding.UTF8.GetString(reader.ValueSpan)}\""
        : Encoding.UTF8.GetString(reader.ValueSpan);
}
