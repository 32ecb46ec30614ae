using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Objects.Selectors;

/// <summary>A field that objects of a kind can be selected by. Matching builds no tree.</summary>
public sealed class SelectableField
{
    private readonly Func<StoredObject, string>? _header;
    private readonly ImmutableArray<ImmutableArray<byte[]>> _paths = [];
    private readonly string _absent = "";

    private SelectableField(string label, Func<StoredObject, string> header) => (Label, _header) = (label, header);

    private SelectableField(string label, string absent, ImmutableArray<ImmutableArray<byte[]>> paths) => (Label, _absent, _paths) = (label, absent, paths);

    /// <summary>How a query names the field.</summary>
    public string Label { get; }

    /// <summary>The fields every kind has.</summary>
    public static ImmutableArray<SelectableField> Common { get; } =
        [Header("metadata.name", stored => stored.Key.Name), Header("metadata.namespace", stored => stored.Key.Namespace)];

    /// <summary>A field whose value the header of an object knows.</summary>
    public static SelectableField Header(string label, Func<StoredObject, string> value) => new(label, value);

    /// <summary>A field at the path its label names. <paramref name="absent"/> is the value of one that is not there: a flag's is false, a number's 0.</summary>
    public static SelectableField At(string label, string absent = "") => new(label, absent, [Segments(label)]);

    /// <summary>A field at another path than its label names: the first of these where there is something.</summary>
    public static SelectableField Named(string label, string absent, params ReadOnlySpan<string> paths)
    {
        var read = ImmutableArray.CreateBuilder<ImmutableArray<byte[]>>(paths.Length);
        foreach (var path in paths) read.Add(Segments(path));
        return new(label, absent, read.DrainToImmutable());
    }

    /// <summary>The field of this label; null if the kind's objects cannot be selected by it.</summary>
    public static SelectableField? Find(KindDefinition kind, string label)
    {
        foreach (var field in Common)
        {
            if (field.Label == label) return field;
        }
        foreach (var field in kind.SelectableFields)
        {
            if (field.Label == label) return field;
        }
        return null;
    }

    /// <summary>The sentence that refuses a label.</summary>
    public static string NotSupported(KindDefinition kind, string label) => kind.SelectableFields.IsEmpty
        ? $"\"{label}\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
        : $"field label not supported: {label}";

    /// <summary>Whether the object's field has this value.</summary>
    public bool Is(StoredObject stored, string value)
    {
        if (_header is not null) return _header(stored) == value;
        foreach (var path in _paths)
        {
            if (Find(stored.Json.Span, path, value) is { } same) return same;
        }
        return value == _absent;
    }

    /// <summary>Whether the text, number or flag at a path is <paramref name="value"/>; null if there is none, or an empty one.</summary>
    private static bool? Find(ReadOnlySpan<byte> json, ImmutableArray<byte[]> path, string value)
    {
        var reader = new Utf8JsonReader(json, ObjectLimits.Reader);
        reader.Read();
        foreach (var segment in path)
        {
            if (!reader.MoveTo(segment)) return null;
        }
        // A list of addresses is selected by any of them.
        if (reader.TokenType == JsonTokenType.StartArray)
        {
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                if (reader.TokenType == JsonTokenType.String && reader.ValueTextEquals(value)) return true;
            }
            return false;
        }
        return reader.TokenType switch
        {
            JsonTokenType.String => reader.ValueSpan.IsEmpty ? null : reader.ValueTextEquals(value),
            JsonTokenType.True => value == "true",
            JsonTokenType.False => value == "false",
            JsonTokenType.Number => Encoding.UTF8.GetString(reader.ValueSpan) == value,
            _ => null,
        };
    }

    private static ImmutableArray<byte[]> Segments(string path) => [.. path.Split('.').Select(Encoding.UTF8.GetBytes)];
}
