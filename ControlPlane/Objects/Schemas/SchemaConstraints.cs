using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace ControlPlane.Objects.Schemas;

/// <summary>What a value must keep beyond its type. Members are null, empty or false where nothing is asked.</summary>
public sealed record SchemaConstraints
{
    /// <summary>Fields that must be there.</summary>
    public ImmutableArray<string> Required { get; init; } = [];

    /// <summary>The only values there may be, as JSON texts.</summary>
    public ImmutableArray<string> Enum { get; init; } = [];

    public double? Minimum { get; init; }
    public bool ExclusiveMinimum { get; init; }
    public double? Maximum { get; init; }
    public bool ExclusiveMaximum { get; init; }
    public double? MultipleOf { get; init; }

    /// <summary>In characters.</summary>
    public long? MinLength { get; init; }

    /// <summary>In characters.</summary>
    public long? MaxLength { get; init; }

    /// <summary>What some part of a text must match, in linear time.</summary>
    public Regex? Pattern { get; init; }

    public long? MinItems { get; init; }
    public long? MaxItems { get; init; }
    public long? MinProperties { get; init; }
    public long? MaxProperties { get; init; }

    /// <summary>Whether items are told apart by <see cref="Schema.Semantic"/>'s keys, or by themselves, and none may be there twice.</summary>
    public bool UniqueItems { get; init; }

    public ImmutableArray<Schema> AllOf { get; init; } = [];
    public ImmutableArray<Schema> AnyOf { get; init; } = [];
    public ImmutableArray<Schema> OneOf { get; init; } = [];
    public Schema? Not { get; init; }
}
