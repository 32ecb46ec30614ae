using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Objects.Schemas;

namespace ControlPlane.Objects.FieldManagement;

/// <summary>How the value at a place is owned and merged.</summary>
internal enum PlaceShape
{
    /// <summary>As a whole: a scalar, an atomic list, map or struct.</summary>
    Whole,

    /// <summary>Member by member, and the members are declared.</summary>
    Struct,

    /// <summary>Member by member, whatever their names.</summary>
    Map,

    /// <summary>Item by item, told apart by their keys.</summary>
    KeyedList,

    /// <summary>Value by value.</summary>
    Set,
}

/// <summary>A place in an object, with what its schema says of merging there: the rules of server-side apply.</summary>
internal readonly struct FieldPlace
{
    /// <summary>What is nested deeper is owned as a whole: FieldsV1 has to be read back, too.</summary>
    private const int MaxDepth = 40;

    private static readonly System.Text.Json.JsonSerializerOptions Plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Schema? _schema;
    private readonly FieldSemantic _declared;
    private readonly int _depth;

    private FieldPlace(Schema? schema, FieldSemantic declared, int depth)
    {
        (_schema, _declared, _depth) = (schema, declared, depth);
        Shape = depth > MaxDepth ? PlaceShape.Whole : ShapeOf(schema, declared);
    }

    public PlaceShape Shape { get; }

    /// <summary>A whole object.</summary>
    public static FieldPlace Root(Schema schema) => new(schema, FieldSemantic.None, 0);

    /// <summary>The place of a member.</summary>
    public FieldPlace Member(string name)
    {
        if (_schema is { Type: SchemaType.Map }) return new(_schema.Items, FieldSemantic.None, _depth + 1);
        return _schema?.Field(name) is { } field ? new(field.Schema, field.Semantic, _depth + 1) : new(null, FieldSemantic.None, _depth + 1);
    }

    /// <summary>As the other, of a name that is no text yet.</summary>
    public FieldPlace Member(ReadOnlySpan<byte> name, out bool isDeclared)
    {
        isDeclared = false;
        if (_schema is { Type: SchemaType.Map }) return new(_schema.Items, FieldSemantic.None, _depth + 1);
        if (_schema?.Field(name) is not { } field) return new(null, FieldSemantic.None, _depth + 1);
        isDeclared = true;
        return new(field.Schema, field.Semantic, _depth + 1);
    }

    /// <summary>Whether a member of this name is declared; of maps none is.</summary>
    public bool Declares(string name) => _schema is { Type: SchemaType.Object } && _schema.Field(name) is not null;

    /// <summary>The place of a list's item.</summary>
    public FieldPlace Item => new(_schema?.Items, FieldSemantic.None, _depth + 1);

    /// <summary><see cref="Keys"/> in the order in which path elements have them.</summary>
    public ImmutableArray<string> SortedKeys => Keys is { Length: > 1 } several ? several.Sort(StringComparer.Ordinal) : Keys;

    /// <summary>The names of the members that tell the items of a keyed list apart.</summary>
    public ImmutableArray<string> Keys => _declared.ListType is not null ? _declared.ListMapKeys : _schema!.Semantic.ListMapKeys;

    /// <summary>The path element of an item of a keyed list: its keys, those it leaves out with their defaults.</summary>
    /// <param name="item">The item.</param>
    /// <param name="missing">The first key it has not, and that has no default; null for none.</param>
    public string KeyOf(JsonNode? item, out string? missing)
    {
        var (keys, element) = (SortedKeys, item as JsonObject);
        var values = new string?[keys.Length];
        missing = null;
        for (var i = 0; i < keys.Length; i++)
        {
            values[i] = element?[keys[i]]?.ToJsonString(Plain);
            if (values[i] is null && _schema!.Items!.Field(keys[i])?.Default is null) missing ??= keys[i];
        }
        return KeyOf(keys, values);
    }

    /// <summary>The path element of an item with these values, as JSON, of its <see cref="SortedKeys"/>; null for one that it leaves out.</summary>
    public string KeyOf(ImmutableArray<string> keys, ReadOnlySpan<string?> values)
    {
        var text = new System.Text.StringBuilder("k:{");
        for (var i = 0; i < keys.Length; i++)
        {
            if (i > 0) text.Append(',');
            text.Append('"').Append(keys[i]).Append("\":").Append(values[i] ?? _schema!.Items!.Field(keys[i])?.Default ?? "null");
        }
        return text.Append('}').ToString();
    }

    /// <summary>The path element of an item of a keyed list, or of a value of a set.</summary>
    public string ElementOf(JsonNode? item) => Shape is PlaceShape.KeyedList ? KeyOf(item, out _) : $"v:{item?.ToJsonString(Plain) ?? "null"}";

    /// <summary>The items of a keyed list or a set by their path elements; of several with the same the first.</summary>
    public Dictionary<string, JsonNode?> Index(JsonArray list)
    {
        var index = new Dictionary<string, JsonNode?>(list.Count, StringComparer.Ordinal);
        foreach (var item in list) index.TryAdd(ElementOf(item), item);
        return index;
    }

    private static PlaceShape ShapeOf(Schema? schema, FieldSemantic declared) => schema?.Type switch
    {
        null => PlaceShape.Map,
        SchemaType.Object => (declared.StructType ?? schema.Semantic.StructType) == "atomic" ? PlaceShape.Whole : PlaceShape.Struct,
        SchemaType.Map => (declared.MapType ?? schema.Semantic.MapType) == "atomic" ? PlaceShape.Whole : PlaceShape.Map,
        SchemaType.Array => (declared.ListType ?? schema.Semantic.ListType) switch
        {
            "map" => PlaceShape.KeyedList,
            "set" => PlaceShape.Set,
            _ => PlaceShape.Whole,
        },
        SchemaType.Any when schema.PreservesUnknown => PlaceShape.Map,
        _ => PlaceShape.Whole,
    };
}
