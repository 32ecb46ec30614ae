using System.Collections.Immutable;
using System.Text.Json;

namespace Shared.Json;

/// <summary>
/// Reads stored bytes token by token, where a header or a selected field is read of very many objects and nothing else may be made. Each of these
/// takes the value that follows and ends on its last token; a value of another type than the one asked for is passed over.
/// </summary>
public static class TokenReading
{
    /// <summary>Goes to the next member's name; false at the end of the object.</summary>
    public static bool NextMember(this ref Utf8JsonReader reader) => reader.Read() && reader.TokenType == JsonTokenType.PropertyName;

    /// <summary>Goes into an object or a list, whose first token is given; false if something else follows.</summary>
    public static bool Enter(this ref Utf8JsonReader reader, JsonTokenType token)
    {
        reader.Read();
        if (reader.TokenType == token) return true;
        reader.Skip();
        return false;
    }

    /// <summary>Passes over the value.</summary>
    public static void Pass(this ref Utf8JsonReader reader)
    {
        reader.Read();
        reader.Skip();
    }

    /// <summary>Within the object just entered, goes to the value of a member: the reader is at its first token. False, and at the end, if there is none.</summary>
    public static bool MoveTo(this ref Utf8JsonReader reader, ReadOnlySpan<byte> member)
    {
        if (reader.TokenType != JsonTokenType.StartObject) return false;
        while (reader.NextMember())
        {
            var found = reader.ValueTextEquals(member);
            reader.Read();
            if (found) return true;
            reader.Skip();
        }
        return false;
    }

    /// <summary>A text; empty where there is none.</summary>
    public static string Text(this ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.String) return reader.GetString()!;
        reader.Skip();
        return "";
    }

    /// <summary>Whether the value is this text.</summary>
    public static bool IsText(this ref Utf8JsonReader reader, ReadOnlySpan<byte> text)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.String) return reader.ValueTextEquals(text);
        reader.Skip();
        return false;
    }

    /// <summary>A whole number, or null.</summary>
    public static long? Number(this ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Number) return reader.TryGetInt64(out var number) ? number : null;
        reader.Skip();
        return null;
    }

    /// <summary>A flag, or null.</summary>
    public static bool? Flag(this ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType is JsonTokenType.True or JsonTokenType.False) return reader.GetBoolean();
        reader.Skip();
        return null;
    }

    /// <summary>A time, or null.</summary>
    public static DateTimeOffset? Time(this ref Utf8JsonReader reader) => Rfc3339.Read(reader.Text());

    /// <summary>The texts of a list.</summary>
    public static ImmutableArray<string> Texts(this ref Utf8JsonReader reader)
    {
        if (!reader.Enter(JsonTokenType.StartArray)) return [];
        var texts = ImmutableArray.CreateBuilder<string>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.String) texts.Add(reader.GetString()!);
            else reader.Skip();
        }
        return texts.DrainToImmutable();
    }
}
