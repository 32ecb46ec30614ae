using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using ControlPlane.Objects.Schemas;

namespace ControlPlane.Expressions.Types;

/// <summary>Makes types of schemas, one for each schema, however often it is asked. A schema may contain itself: fields are made at first use.</summary>
internal static class SchemaTypes
{
    private static readonly Naming Escaped = new(FieldNames.Escape);
    private static readonly Naming Plain = new(static name => name);
    private static readonly ConditionalWeakTable<Schema, CelType> Resources = [];

    private static readonly CelType Metadata = Record("object", new()
    {
        ["name"] = new("name", CelType.String),
        ["generateName"] = new("generateName", CelType.String),
    });

    public static CelType Of(Schema schema) => Of(schema, Escaped);

    public static CelType OfPlain(Schema schema) => Of(schema, Plain);

    public static CelType OfResource(Schema schema) => Resources.GetValue(schema, static made => Fields(made, Escaped, isResource: true));

    private static CelType Of(Schema schema, Naming naming)
    {
        if (!schema.IsEmbeddedResource) return naming.Known.GetValue(schema, made => Make(made, FieldSemantic.None, naming));
        return ReferenceEquals(naming, Escaped) ? OfResource(schema) : CelType.Dyn;
    }

    /// <summary>The type of a field, whose own semantic goes before its schema's.</summary>
    private static CelType Of(SchemaField field, Naming naming) => field.Semantic.ListType is null ? Of(field.Schema, naming) : Make(field.Schema, field.Semantic, naming);

    private static CelType Make(Schema schema, FieldSemantic semantic, Naming naming)
    {
        var type = schema.Type switch
        {
            SchemaType.Object when schema.Fields.IsEmpty && schema.PreservesUnknown => CelType.Dyn,
            SchemaType.Object => Fields(schema, naming, isResource: false),
            SchemaType.Map => CelType.Map(CelType.String, Of(schema.Items!, naming)),
            SchemaType.Array => CelType.List(Of(schema.Items!, naming)),
            SchemaType.String => schema.Format switch
            {
                "duration" => CelType.Duration,
                "date" or "date-time" => CelType.Timestamp,
                "byte" => CelType.Bytes,
                _ => CelType.String,
            },
            SchemaType.Boolean => CelType.Bool,
            SchemaType.Int32 or SchemaType.Int64 => CelType.Int,
            SchemaType.Number => CelType.Double,
            SchemaType.Quantity => CelType.String,
            SchemaType.DateTime => CelType.Timestamp,
            SchemaType.Bytes => CelType.Bytes,
            SchemaType.IntOrString or SchemaType.Any => CelType.Dyn,
            _ => throw new InvalidOperationException($"No type is known for the schema type {schema.Type}."),
        };
        var described = semantic.ListType is null ? schema : Merged(schema, semantic);
        return CelType.Described(type, described);
    }

    /// <summary>The schema, with what its field says of how its items are told apart.</summary>
    private static Schema Merged(Schema schema, FieldSemantic semantic) =>
        new(schema.Type, schema.Items, () => schema.Fields, schema.Identity is { } identity ? () => identity : null, () => semantic)
        {
            Format = schema.Format,
            PreservesUnknown = schema.PreservesUnknown,
            Nullable = schema.Nullable,
            Constraints = schema.Constraints,
        };

    private static CelType Fields(Schema schema, Naming naming, bool isResource)
    {
        var fields = new Lazy<FrozenDictionary<string, CelField>>(() =>
        {
            var made = new Dictionary<string, CelField>();
            foreach (var field in schema.Fields)
            {
                if (naming.Name(field.Name) is { } name) made[name] = new(field.Name, Of(field, naming));
            }
            if (isResource)
            {
                made["apiVersion"] = new("apiVersion", CelType.String);
                made["kind"] = new("kind", CelType.String);
                made["metadata"] = new("metadata", Metadata);
            }
            return made.ToFrozenDictionary();
        });
        return CelType.Described(CelType.Object(schema.Identity?.Name ?? "object", name => fields.Value.GetValueOrDefault(name)), schema);
    }

    private static CelType Record(string name, Dictionary<string, CelField> fields) => CelType.Object(name, fields.GetValueOrDefault);

    /// <summary>How expressions write the names of fields, and the types that were made so.</summary>
    private sealed record Naming(Func<string, string?> Name)
    {
        public ConditionalWeakTable<Schema, CelType> Known { get; } = [];
    }

    /// <summary>The properties that tell the items of a list apart, if it is a map of items.</summary>
    public static ImmutableArray<string> MapKeys(this CelType type) => type.Source?.Semantic is { ListType: "map" } semantic ? semantic.ListMapKeys : [];

    /// <summary>Whether a list is a set: no item is there twice, and their order says nothing.</summary>
    public static bool IsSet(this CelType type) => type.Source?.Semantic.ListType == "set";
}
