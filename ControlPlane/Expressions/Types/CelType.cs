using System.Collections.Immutable;
using ControlPlane.Objects.Schemas;

namespace ControlPlane.Expressions.Types;

/// <summary>A field of an object type.</summary>
/// <param name="JsonName">The name it has in JSON. Expressions use the escaped one: see <see cref="FieldNames"/>.</param>
/// <param name="Type">What its value is.</param>
public sealed record CelField(string JsonName, CelType Type);

/// <summary>
/// What an expression's value may be. Immutable and safe to share. Two types are equal if they say the same; object types are equal if they come
/// from the same declaration.
/// </summary>
public sealed class CelType : IEquatable<CelType>
{
    /// <summary>No type is nested deeper: what would be is <see cref="Dyn"/>.</summary>
    private const int DeepestNesting = 64;

    private readonly Func<string, CelField?>? _field;
    private readonly int _depth;

    private CelType(CelTypeKind kind, string name, ImmutableArray<CelType> parameters, Schema? source = null, Func<string, CelField?>? field = null)
    {
        (Kind, Name, Parameters, Source, _field) = (kind, name, parameters, source, field);
        foreach (var parameter in parameters) _depth = Math.Max(_depth, parameter._depth + 1);
    }

    public static CelType Dyn { get; } = new(CelTypeKind.Dyn, "dyn", []);
    public static CelType Null { get; } = new(CelTypeKind.Null, "null", []);
    public static CelType Bool { get; } = new(CelTypeKind.Bool, "bool", []);
    public static CelType Int { get; } = new(CelTypeKind.Int, "int", []);
    public static CelType Uint { get; } = new(CelTypeKind.Uint, "uint", []);
    public static CelType Double { get; } = new(CelTypeKind.Double, "double", []);
    public static CelType String { get; } = new(CelTypeKind.String, "string", []);
    public static CelType Bytes { get; } = new(CelTypeKind.Bytes, "bytes", []);
    public static CelType Timestamp { get; } = new(CelTypeKind.Timestamp, "timestamp", []);
    public static CelType Duration { get; } = new(CelTypeKind.Duration, "duration", []);

    /// <summary>A list of anything.</summary>
    public static CelType AnyList { get; } = List(Dyn);

    /// <summary>A map of anything to anything.</summary>
    public static CelType AnyMap { get; } = Map(Dyn, Dyn);

    /// <summary>Of the variable <c>authorizer</c>.</summary>
    public static CelType Authorizer { get; } = Opaque(Libraries.Authorization.AuthorizerLibrary.Authorizer);

    /// <summary>Of the variable <c>authorizer.requestResource</c>.</summary>
    public static CelType ResourceCheck { get; } = Opaque(Libraries.Authorization.AuthorizerLibrary.ResourceCheck);

    public CelTypeKind Kind { get; }

    /// <summary>The name without parameters, as messages show it.</summary>
    public string Name { get; }

    /// <summary>A list's element, a map's key and value, what an optional may hold.</summary>
    public ImmutableArray<CelType> Parameters { get; }

    /// <summary>The schema the type was made from: its bounds and how its lists compare. Null for others.</summary>
    public Schema? Source { get; }

    /// <summary>The element of a list, the value of a map, what an optional may hold.</summary>
    internal CelType Element => Parameters[^1];

    /// <summary>The type of values that a schema describes, e.g. of a custom resource's <c>self</c> below its root.</summary>
    public static CelType Of(Schema schema) => SchemaTypes.Of(schema);

    /// <summary>As <see cref="Of(Schema)"/>, for expressions that write names as JSON does: those that see objects as <see cref="Dyn"/> when they run.</summary>
    public static CelType OfPlain(Schema schema) => SchemaTypes.OfPlain(schema);

    /// <summary>
    /// The type of a whole object that a schema describes: <c>apiVersion</c>, <c>kind</c>, <c>metadata.name</c> and
    /// <c>metadata.generateName</c> are always there, and nothing else of the metadata is.
    /// </summary>
    public static CelType OfResource(Schema schema) => SchemaTypes.OfResource(schema);

    public static CelType List(CelType element) => Nested(CelTypeKind.List, "list", [element]);

    /// <summary>A map. Keys are simple values: of one that is not, nothing is known.</summary>
    public static CelType Map(CelType key, CelType value) => Nested(CelTypeKind.Map, "map", [key.Parameters.IsEmpty ? key : Dyn, value]);

    public static CelType Optional(CelType value) => Nested(CelTypeKind.Optional, "optional_type", [value]);

    /// <summary>The type of a type.</summary>
    public static CelType TypeOf(CelType type) => Nested(CelTypeKind.Type, "type", [type]);

    /// <summary>An object type with a name of its own and fields found by their escaped names; null where there is none.</summary>
    public static CelType Object(string name, Func<string, CelField?> field) => new(CelTypeKind.Object, name, [], null, field);

    /// <summary>A library's type.</summary>
    internal static CelType Opaque(string name) => new(CelTypeKind.Opaque, name, []);

    internal static CelType Parameter(string name) => new(CelTypeKind.Parameter, name, []);

    internal static CelType Described(CelType type, Schema source) => new(type.Kind, type.Name, type.Parameters, source, type._field);

    /// <summary>A field by its escaped name; null if there is none.</summary>
    public CelField? Field(string name) => _field?.Invoke(name);

    public bool Equals(CelType? other)
    {
        if (ReferenceEquals(this, other)) return true;
        if (other is null || Kind != other.Kind) return false;
        if (Kind == CelTypeKind.Object) return Name == other.Name && ReferenceEquals(_field, other._field);
        return Name == other.Name && Parameters.SequenceEqual(other.Parameters);
    }

    public override bool Equals(object? obj) => Equals(obj as CelType);

    public override int GetHashCode() => HashCode.Combine(Kind, Name);

    /// <summary>The type as messages show it: <c>map(string, list(int))</c>.</summary>
    public override string ToString() => Parameters.IsEmpty ? Name : $"{Name}({string.Join(", ", Parameters)})";

    private static CelType Nested(CelTypeKind kind, string name, ImmutableArray<CelType> parameters)
    {
        var made = new CelType(kind, name, parameters);
        return made._depth <= DeepestNesting ? made : new(kind, name, [.. parameters.Select(_ => Dyn)]);
    }
}
