using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json.Nodes;

namespace ControlPlane.Objects.Patching;

/// <summary>A JSON pointer (RFC 6901), and what a JSON patch does at the place it points to.</summary>
internal sealed class JsonPointer
{
    private const string End = "-";
    private readonly string _text;
    private readonly ImmutableArray<string> _tokens;

    private JsonPointer(string text, ImmutableArray<string> tokens) => (_text, _tokens) = (text, tokens);

    /// <summary>The number of steps from the root.</summary>
    public int Length => _tokens.Length;

    /// <summary>Reads a pointer: empty for the whole document, else a '/' before each step.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out JsonPointer? pointer)
    {
        pointer = null;
        if (text.Length == 0)
        {
            pointer = new(text, []);
            return true;
        }
        if (text[0] != '/') return false;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '~' && (i + 1 == text.Length || text[i + 1] is not ('0' or '1'))) return false;
        }
        pointer = new(text, [.. text[1..].Split('/').Select(token => token.Replace("~1", "/").Replace("~0", "~"))]);
        return true;
    }

    public bool IsPrefixOf(JsonPointer other) => other._tokens.AsSpan().StartsWith(_tokens.AsSpan());

    /// <summary>The value at the place; false if there is none.</summary>
    public bool TryGet(JsonNode? document, out JsonNode? value)
    {
        value = document;
        foreach (var token in _tokens)
        {
            if (!TryStep(value, token, out value)) return false;
        }
        return true;
    }

    /// <summary>
    /// Sets the member, or inserts into the list before the index (<c>-</c>: at its end). With <paramref name="replace"/> there must be
    /// a value, which goes. False if there is no such place. Not for the root.
    /// </summary>
    public bool TryPut(JsonNode? document, JsonNode? value, bool replace)
    {
        if (!TryParent(document, out var parent)) return false;
        var last = _tokens[^1];
        switch (parent)
        {
            case JsonObject @object when !replace || @object.ContainsKey(last):
                @object[last] = value;
                return true;
            case JsonArray array when replace && TryIndex(last, array.Count - 1, out var index):
                array[index] = value;
                return true;
            case JsonArray array when !replace && last == End:
                array.Add(value);
                return true;
            case JsonArray array when !replace && TryIndex(last, array.Count, out var index):
                array.Insert(index, value);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Takes the value at the place out. False if there is none, or if it is the root.</summary>
    public bool TryRemove(JsonNode? document, out JsonNode? removed)
    {
        removed = null;
        if (Length == 0 || !TryParent(document, out var parent)) return false;
        switch (parent)
        {
            case JsonObject @object when @object.TryGetPropertyValue(_tokens[^1], out removed):
                @object.Remove(_tokens[^1]);
                return true;
            case JsonArray array when TryIndex(_tokens[^1], array.Count - 1, out var index):
                removed = array[index];
                array.RemoveAt(index);
                return true;
            default:
                return false;
        }
    }

    public override string ToString() => _text;

    private bool TryParent(JsonNode? document, out JsonNode? parent)
    {
        parent = document;
        for (var i = 0; i < _tokens.Length - 1; i++)
        {
            if (!TryStep(parent, _tokens[i], out parent)) return false;
        }
        return true;
    }

    private static bool TryStep(JsonNode? from, string token, out JsonNode? to)
    {
        to = null;
        switch (from)
        {
            case JsonObject @object:
                return @object.TryGetPropertyValue(token, out to);
            case JsonArray array when TryIndex(token, array.Count - 1, out var index):
                to = array[index];
                return true;
            default:
                return false;
        }
    }

    private static bool TryIndex(string token, int last, out int index)
    {
        index = 0;
        if (token.Length > 1 && token[0] == '0') return false;
        return int.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out index) && index <= last;
    }
}
