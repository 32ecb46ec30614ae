using System.Collections.Immutable;

namespace ControlPlane.Objects.Schemas;

/// <summary>
/// What a JSON value may be, as an immutable tree: the one source of decoding, pruning, defaulting, merging, validation and OpenAPI. It is made
/// from a model or from a structural schema; nothing that reads it asks which. Safe to share. A type may contain itself, so fields and identity
/// are read at first use.
/// </summary>
public sealed class Schema
{
    private readonly Lazy<FieldTable>? _fields;
    private readonly Lazy<SchemaIdentity>? _identity;
    private readonly Lazy<FieldSemantic>? _semantic;
    private readonly Func<string> _description = static () => "";

    // What follows from the tree: computed at first use, by several at once at worst, and then always the same.
    private volatile Known _hasDefaults;
    private volatile Known _isConstrained;
    private ImmutableArray<SchemaField> _defaulted;
    private ImmutableArray<SchemaField> _constrained;

    /// <param name="type">What the value is.</param>
    /// <param name="items">The elements of an array or the values of a map.</param>
    /// <param name="fields">The fields of an object, asked for at most once.</param>
    /// <param name="identity">The name of a schema that others refer to, asked for at most once; null for one that stands in its place.</param>
    /// <param name="semantic">How values of the schema merge, asked for at most once.</param>
    public Schema(
        SchemaType type,
        Schema? items = null,
        Func<ImmutableArray<SchemaField>>? fields = null,
        Func<SchemaIdentity>? identity = null,
        Func<FieldSemantic>? semantic = null)
    {
        (Type, Items) = (type, items);
        if (type == SchemaType.Object) _fields = new(() => new FieldTable(fields is null ? [] : fields()));
        if (identity is not null) _identity = new(identity);
        if (semantic is not null) _semantic = new(semantic);
    }

    public SchemaType Type { get; }

    /// <summary>The elements of an array, the values of a map; null for others.</summary>
    public Schema? Items { get; }

    /// <summary>The name others refer to the schema by; null if it is written where it stands.</summary>
    public SchemaIdentity? Identity => _identity?.Value;

    /// <summary>The fields of an object, in name order; empty for others.</summary>
    public ImmutableArray<SchemaField> Fields => _fields?.Value.All ?? [];

    /// <summary>A format beyond the type, as OpenAPI names it; empty where there is none.</summary>
    public string Format { get; init; } = "";

    /// <summary>What people are told about the value; empty where nothing is known.</summary>
    public string Description
    {
        get => _description();
        init => _description = () => value;
    }

    /// <summary>Finds <see cref="Description"/> when it is asked for: most programs never do.</summary>
    public Func<string> DescribedBy
    {
        init => _description = value;
    }

    /// <summary>How values of this schema merge wherever they stand. What a field declares of its value goes before it.</summary>
    public FieldSemantic Semantic => _semantic?.Value ?? FieldSemantic.None;

    /// <summary>Whether fields that are not declared are kept as they are.</summary>
    public bool PreservesUnknown { get; init; }

    /// <summary>Whether the value is an object of some kind, with apiVersion, kind and metadata.</summary>
    public bool IsEmbeddedResource { get; init; }

    /// <summary>Whether null is a value of its own, instead of meaning that there is none.</summary>
    public bool Nullable { get; init; }

    /// <summary>What values must keep beyond their type; null where nothing is enforced.</summary>
    public SchemaConstraints? Constraints { get; init; }

    /// <summary>Whether this schema or one below it gives absent fields a value.</summary>
    public bool HasDefaults => (_hasDefaults is Known.Not ? _hasDefaults = Find(schema => schema.Fields.Any(IsDefaulted)) : _hasDefaults) is Known.True;

    /// <summary>Whether this schema or one below it has constraints.</summary>
    public bool IsConstrained => (_isConstrained is Known.Not ? _isConstrained = Find(schema => schema.Constraints is not null) : _isConstrained) is Known.True;

    /// <summary>The fields that have a default, or a default below them.</summary>
    public ImmutableArray<SchemaField> DefaultedFields =>
        _defaulted.IsDefault ? _defaulted = [.. Fields.Where(member => IsDefaulted(member) || member.Schema.HasDefaults)] : _defaulted;

    /// <summary>The fields that have constraints, or constraints below them.</summary>
    public ImmutableArray<SchemaField> ConstrainedFields => _constrained.IsDefault ? _constrained = [.. Fields.Where(member => member.Schema.IsConstrained)] : _constrained;

    /// <summary>The name Kubernetes uses for the type in messages.</summary>
    public string TypeName => Type switch
    {
        SchemaType.Object => Identity?.Name ?? "object",
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

    /// <summary>A field by its JSON name (case-sensitive); null if there is none.</summary>
    public SchemaField? Field(string name) => _fields?.Value.Find(name);

    /// <summary>As <see cref="Field(string)"/>, for UTF-8.</summary>
    public SchemaField? Field(ReadOnlySpan<byte> name) => _fields?.Value.Find(name);

    private static bool IsDefaulted(SchemaField field) => field.Default is not null;

    /// <summary>Whether something holds of this schema or of one below it.</summary>
    private Known Find(Func<Schema, bool> holds)
    {
        var (seen, open) = (new HashSet<Schema>(ReferenceEqualityComparer.Instance), new Stack<Schema>([this]));
        while (open.TryPop(out var schema))
        {
            if (!seen.Add(schema)) continue;
            if (holds(schema)) return Known.True;
            if (schema.Items is { } items) open.Push(items);
            foreach (var field in schema.Fields) open.Push(field.Schema);
        }
        return Known.False;
    }

    private enum Known : byte { Not, False, True }
}
