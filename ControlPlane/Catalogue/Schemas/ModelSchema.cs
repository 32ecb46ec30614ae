using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Reflection;
using System.Text.Json.Serialization;
using k8s.Models;

namespace ControlPlane.Catalogue.Schemas;

/// <summary>What a JSON value may be.</summary>
public enum SchemaType
{
    /// <summary>An object with named fields: <see cref="ModelSchema.Fields"/>.</summary>
    Object,

    /// <summary>A list of <see cref="ModelSchema.Items"/>.</summary>
    Array,

    /// <summary>An object with any names, and values of <see cref="ModelSchema.Items"/>.</summary>
    Map,
    String,
    Boolean,
    Int32,
    Int64,
    Number,

    /// <summary>A resource quantity: a string, or a number on input.</summary>
    Quantity,
    IntOrString,

    /// <summary>RFC 3339.</summary>
    DateTime,

    /// <summary>Base64.</summary>
    Bytes,

    /// <summary>Any JSON at all, kept as it is: RawExtension, JSON.</summary>
    Any,
}

/// <summary>A field of an object schema.</summary>
/// <param name="Name">The name in JSON.</param>
/// <param name="Required">Whether the model says that the field is always there: its type has no null. References never say so.</param>
/// <param name="Semantic">How the field merges.</param>
public sealed record ModelField(string Name, ModelSchema Schema, bool Required, FieldSemantic Semantic);

/// <summary>
/// The schema of a model as a tree, read from the <c>KubernetesClient</c> classes by reflection once per type. Immutable; safe to share. Models
/// may contain themselves, so fields are read at first use.
/// </summary>
public sealed class ModelSchema
{
    private static readonly ConcurrentDictionary<Type, ModelSchema> Known = new();
    private readonly Lazy<FieldTable>? _fields;

    private ModelSchema(SchemaType type, ModelSchema? items = null, Type? model = null)
    {
        (Type, Items, Model) = (type, items, model);
        if (type == SchemaType.Object) _fields = new(() => new FieldTable(ReadFields(model!)));
    }

    public SchemaType Type { get; }

    /// <summary>The elements of an array, the values of a map; null for others.</summary>
    public ModelSchema? Items { get; }

    /// <summary>The model of an object; null for others.</summary>
    public Type? Model { get; }

    /// <summary>The fields of an object, in name order; empty for others.</summary>
    public ImmutableArray<ModelField> Fields => _fields?.Value.All ?? [];

    /// <summary>The name Kubernetes uses for the type in messages.</summary>
    public string TypeName => Type switch
    {
        SchemaType.Object => FieldSemantics.Resolve(Model!).Name,
        SchemaType.Array => $"[]{Items!.TypeName}",
        SchemaType.Map => $"map[string]{Items!.TypeName}",
        SchemaType.String => "string",
        SchemaType.Boolean => "bool",
        SchemaType.Int32 => "int32",
        SchemaType.Int64 => "int64",
        SchemaType.Number => "float64",
        SchemaType.Quantity => "Quantity",
        SchemaType.IntOrString => "IntOrString",
        SchemaType.DateTime => "Time",
        SchemaType.Bytes => "[]byte",
        _ => "any",
    };

    /// <summary>The schema of a model, or of a type a model's property has.</summary>
    public static ModelSchema Of(Type type)
    {
        if (Known.TryGetValue(type, out var known)) return known;
        return Known.GetOrAdd(type, Read(type));
    }

    /// <summary>A field by its JSON name (case-sensitive); null if there is none.</summary>
    public ModelField? Field(string name)
    {
        foreach (var field in Fields)
        {
            if (field.Name == name) return field;
        }
        return null;
    }

    /// <summary>As <see cref="Field(string)"/>, for UTF-8.</summary>
    public ModelField? Field(ReadOnlySpan<byte> name) => _fields?.Value.Find(name);

    private static ModelSchema Read(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(string)) return new(SchemaType.String);
        if (type == typeof(bool)) return new(SchemaType.Boolean);
        if (type == typeof(int)) return new(SchemaType.Int32);
        if (type == typeof(long)) return new(SchemaType.Int64);
        if (type == typeof(double)) return new(SchemaType.Number);
        if (type == typeof(DateTime)) return new(SchemaType.DateTime);
        if (type == typeof(byte[])) return new(SchemaType.Bytes);
        if (type == typeof(ResourceQuantity)) return new(SchemaType.Quantity);
        if (type == typeof(IntOrString)) return new(SchemaType.IntOrString);
        if (type == typeof(object) || type == typeof(V1Patch)) return new(SchemaType.Any);
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IList<>)) return new(SchemaType.Array, Of(type.GetGenericArguments()[0]));
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IDictionary<,>)) return new(SchemaType.Map, Of(type.GetGenericArguments()[1]));
        return new(SchemaType.Object, model: type);
    }

    private static ImmutableArray<ModelField> ReadFields(Type model) =>
    [
        .. from property in model.GetProperties(BindingFlags.Public | BindingFlags.Instance)
           let name = property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name
           where name is not null
           orderby name
           let required = property.PropertyType.IsValueType && Nullable.GetUnderlyingType(property.PropertyType) is null
           select new ModelField(name, Of(property.PropertyType), required, FieldSemantics.For(model, name)),
    ];
}
