using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Objects.Schemas;

namespace ControlPlane.Catalogue.Decoding;

/// <summary>
/// One pass over a JSON text along a schema: builds the tree and notes what does not fit, with the path it stands at. Faults make the object
/// unusable; strays are fields that were dropped.
/// </summary>
internal sealed class DecodeRun
{
    /// <summary>More of them tell nobody more, and their number is the sender's to choose.</summary>
    private const int MaxNotes = 32;

    private readonly Stack<Segment> _path = new();

    /// <summary>Values of a wrong type.</summary>
    public List<string> Faults { get; } = [];

    /// <summary>Unknown and duplicate fields, worded as Kubernetes does.</summary>
    public List<string> Strays { get; } = [];

    /// <summary>The reader stands on a value's first token; afterwards on its last. Null where the value is null or does not fit.</summary>
    public JsonNode? Read(ref Utf8JsonReader reader, Schema schema)
    {
        if (reader.TokenType == JsonTokenType.Null) return null;
        return (schema.Type, reader.TokenType) switch
        {
            (SchemaType.Object, JsonTokenType.StartObject) => ReadObject(ref reader, schema),
            (SchemaType.Map, JsonTokenType.StartObject) => ReadMap(ref reader, schema.Items!),
            (SchemaType.Array, JsonTokenType.StartArray) => ReadArray(ref reader, schema.Items!),
            (SchemaType.Any, _) => ReadAny(ref reader),
            (SchemaType.String, JsonTokenType.String) => JsonValue.Create(reader.GetString()!),
            (SchemaType.Boolean, JsonTokenType.True) => JsonValue.Create(true),
            (SchemaType.Boolean, JsonTokenType.False) => JsonValue.Create(false),
            (SchemaType.Int32, JsonTokenType.Number) => reader.TryGetInt32(out _) ? Number(ref reader) : BadNumber(ref reader, schema),
            (SchemaType.Int64, JsonTokenType.Number) => reader.TryGetInt64(out _) ? Number(ref reader) : BadNumber(ref reader, schema),
            (SchemaType.Number, JsonTokenType.Number) => Number(ref reader),
            (SchemaType.IntOrString, JsonTokenType.Number) => FitsInteger(ref reader, schema) ? Number(ref reader) : BadNumber(ref reader, schema),
            (SchemaType.IntOrString, JsonTokenType.String) => JsonValue.Create(reader.GetString()!),
            (SchemaType.Quantity, JsonTokenType.String) => Scalars.Quantity(reader.GetString()!, this),
            (SchemaType.Quantity, JsonTokenType.Number) => Scalars.Quantity(Raw(ref reader), this),
            (SchemaType.DateTime, JsonTokenType.String) => Scalars.Time(reader.GetString()!, this),
            (SchemaType.Bytes, JsonTokenType.String) => Scalars.Base64(ref reader, this),
            _ => Misfit(ref reader, schema),
        };
    }

    /// <summary>Notes that the value at the current path cannot be used.</summary>
    public JsonNode? Fault(string what)
    {
        if (Faults.Count < MaxNotes) Faults.Add($"{what} in field {Path()}");
        return null;
    }

    /// <summary>What Kubernetes calls a JSON value of this kind in messages.</summary>
    public static string Describe(JsonTokenType token) => token switch
    {
        JsonTokenType.StartObject => "object",
        JsonTokenType.StartArray => "array",
        JsonTokenType.String => "string",
        JsonTokenType.Number => "number",
        JsonTokenType.True or JsonTokenType.False => "bool",
        _ => "null",
    };

    private JsonObject ReadObject(ref Utf8JsonReader reader, Schema schema)
    {
        var made = new JsonObject();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var field = reader.ValueIsEscaped ? schema.Field(reader.GetString()!) : schema.Field(reader.ValueSpan);
            if (field is null)
            {
                if (schema.PreservesUnknown)
                {
                    ReadUnknown(ref reader, made);
                    continue;
                }
                Stray("unknown", reader.GetString()!);
                reader.Read();
                reader.Skip();
                continue;
            }
            Enter(field.Name);
            reader.Read();
            Put(made, field.Name, Read(ref reader, field.Schema), ref reader, field.Schema);
            Leave();
        }
        return made;
    }

    private JsonObject ReadMap(ref Utf8JsonReader reader, Schema values)
    {
        var made = new JsonObject();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            Enter(name);
            reader.Read();
            Put(made, name, ReadElement(ref reader, values), ref reader, values);
            Leave();
        }
        return made;
    }

    private JsonArray ReadArray(ref Utf8JsonReader reader, Schema items)
    {
        var made = new JsonArray();
        for (var index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
        {
            _path.Push(new(null, index));
            made.Add(ReadElement(ref reader, items));
            Leave();
        }
        return made;
    }

    /// <summary>A null among the items of a list or the values of a map is the type's zero, as it is to Kubernetes.</summary>
    private JsonNode? ReadElement(ref Utf8JsonReader reader, Schema schema) => reader.TokenType != JsonTokenType.Null
        ? Read(ref reader, schema)
        : schema.Nullable ? null
        : schema.Type switch
        {
            SchemaType.String or SchemaType.Bytes => JsonValue.Create(""),
            SchemaType.Object or SchemaType.Map => new JsonObject(),
            SchemaType.Array => new JsonArray(),
            SchemaType.Any => null,
            _ => Fault($"cannot unmarshal null into a value of type {schema.TypeName}"),
        };

    private JsonNode? ReadAny(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                var made = new JsonObject();
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    var name = reader.GetString()!;
                    Enter(name);
                    reader.Read();
                    var value = ReadAny(ref reader);
                    if (!made.TryAdd(name, value)) Replace(made, name, value);
                    Leave();
                }
                return made;
            case JsonTokenType.StartArray:
                var array = new JsonArray();
                for (var index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
                {
                    _path.Push(new(null, index));
                    array.Add(ReadAny(ref reader));
                    Leave();
                }
                return array;
            case JsonTokenType.String:
                return JsonValue.Create(reader.GetString()!);
            case JsonTokenType.Number:
                return Number(ref reader);
            case JsonTokenType.True:
                return JsonValue.Create(true);
            case JsonTokenType.False:
                return JsonValue.Create(false);
            default:
                return null;
        }
    }

    private void ReadUnknown(ref Utf8JsonReader reader, JsonObject made)
    {
        var name = reader.GetString()!;
        Enter(name);
        reader.Read();
        var value = ReadAny(ref reader);
        if (!made.TryAdd(name, value)) Replace(made, name, value);
        Leave();
    }

    private void Put(JsonObject made, string name, JsonNode? value, ref Utf8JsonReader reader, Schema schema)
    {
        if (value is null && !(reader.TokenType == JsonTokenType.Null && schema.Nullable)) return;
        if (!made.TryAdd(name, value)) Replace(made, name, value);
    }

    /// <summary>The last of several values counts, as it does to Kubernetes. The current path is that of the field.</summary>
    private void Replace(JsonObject made, string name, JsonNode? value)
    {
        made[name] = value;
        if (Strays.Count < MaxNotes) Strays.Add($"duplicate field \"{Path()}\"");
    }

    private void Stray(string what, string name)
    {
        if (Strays.Count >= MaxNotes) return;
        Enter(name);
        Strays.Add($"{what} field \"{Path()}\"");
        Leave();
    }

    private JsonNode? Misfit(ref Utf8JsonReader reader, Schema schema)
    {
        var found = Describe(reader.TokenType);
        reader.Skip();
        if (Faults.Count < MaxNotes) Faults.Add($"json: cannot unmarshal {found} into field {Path()} of type {schema.TypeName}");
        return null;
    }

    private JsonNode? BadNumber(ref Utf8JsonReader reader, Schema schema)
    {
        if (Faults.Count < MaxNotes) Faults.Add($"json: cannot unmarshal number {Shorten(Raw(ref reader))} into field {Path()} of type {schema.TypeName}");
        return null;
    }

    /// <summary>A number keeps the digits it came with, and can be read as any numeric type.</summary>
    private static JsonValue Number(ref Utf8JsonReader reader) => JsonValue.Create(JsonElement.ParseValue(ref reader))!;

    private static bool FitsInteger(ref Utf8JsonReader reader, Schema schema) => schema.Format == "int32" ? reader.TryGetInt32(out _) : reader.TryGetInt64(out _);

    private static string Raw(ref Utf8JsonReader reader) => Encoding.UTF8.GetString(reader.ValueSpan);

    private static string Shorten(string text) => text.Length <= 40 ? text : text[..40] + "...";

    private void Enter(string name) => _path.Push(new(name, 0));

    private void Leave() => _path.Pop();

    /// <summary>The beginning of the current path.</summary>
    public string Place => Shorten(Path());

    private string Path()
    {
        var path = new StringBuilder();
        foreach (var segment in _path.Reverse())
        {
            if (segment.Name is null)
            {
                path.Append('[').Append(segment.Index.ToString(CultureInfo.InvariantCulture)).Append(']');
                continue;
            }
            if (path.Length > 0) path.Append('.');
            path.Append(segment.Name);
        }
        return path.ToString();
    }

    private readonly record struct Segment(string? Name, int Index);
}
