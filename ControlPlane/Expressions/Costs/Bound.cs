using ControlPlane.Expressions.Types;
using ControlPlane.Objects.Schemas;

namespace ControlPlane.Expressions.Costs;

/// <summary>The most a value can hold.</summary>
/// <param name="Size">Characters, bytes or items; 1 for what has no size.</param>
/// <param name="Item">The largest item of a list, or value of a map.</param>
/// <param name="Key">The largest key of a map.</param>
internal sealed record Bound(long Size, Func<Bound>? Item = null, Func<Bound>? Key = null)
{
    /// <summary>What a request may hold, in bytes: nothing that comes in one is larger.</summary>
    private const long LargestRequest = 3 * 1024 * 1024;

    // No schema bounds the keys of a map, and Kubernetes counts them as nothing. As long as a label's or an annotation's may be is more than nearly all are; what a longer one costs is counted when it comes.
    private static readonly Bound LabelKey = new(253 + 1 + 63);

    /// <summary>A value that has no size.</summary>
    public static Bound One { get; } = new(1);

    /// <summary>The largest value of a type, by its schema; by a request where that sets no bound.</summary>
    public static Bound Of(CelType type)
    {
        var constraints = type.Source?.Constraints;
        switch (type.Kind)
        {
            case CelTypeKind.String:
                if (constraints?.MaxLength is { } length) return new(CostRules.Times(Math.Max(0, length), 4));
                if (constraints is { Enum: { IsEmpty: false } values }) return new(values.Max(value => value.Length));
                return new(LargestRequest - 2);
            case CelTypeKind.Bytes: return new(constraints?.MaxLength ?? LargestRequest - 2);
            case CelTypeKind.List: return new(constraints?.MaxItems ?? LargestRequest / (Smallest(type.Element) + 1), () => Of(type.Element));
            case CelTypeKind.Map:
                return new(constraints?.MaxProperties ?? LargestRequest / (Smallest(type.Element) + 6), () => Of(type.Element), () => type.Source is null ? Of(type.Parameters[0]) : LabelKey);
            case CelTypeKind.Optional: return Of(type.Element);
            case CelTypeKind.Dyn: return new(LargestRequest - 2, () => Of(CelType.Dyn), () => Of(CelType.String));
            default: return One;
        }
    }

    /// <summary>How many values of a type a request can hold.</summary>
    public static long MostIn(CelType type) => LargestRequest / Math.Max(1, Smallest(type));

    /// <summary>What either of two holds.</summary>
    public static Bound Max(Bound left, Bound right) => new(Math.Max(left.Size, right.Size), Either(left.Item, right.Item), Either(left.Key, right.Key));

    /// <summary>The fewest bytes a value takes in JSON.</summary>
    private static long Smallest(CelType type) => type.Kind switch
    {
        CelTypeKind.Bool => 4,
        CelTypeKind.Timestamp => 22,
        CelTypeKind.Duration => 3,
        CelTypeKind.String or CelTypeKind.Bytes or CelTypeKind.List or CelTypeKind.Map => 2,
        CelTypeKind.Object => 2 + (type.Source?.Constraints?.Required.Sum(name => Smallest(type.Source.Field(name), name)) ?? 0),
        _ => 1,
    };

    private static long Smallest(SchemaField? field, string name) => field is { Default: null } ? name.Length + 5 : 0;

    private static Func<Bound>? Either(Func<Bound>? left, Func<Bound>? right) => left is null ? right : right is null ? left : () => Max(left(), right());
}
