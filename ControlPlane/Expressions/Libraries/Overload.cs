using System.Collections.Immutable;
using ControlPlane.Expressions.Types;

namespace ControlPlane.Expressions.Libraries;

/// <summary>What a function does with values of its types. None of them is a fault.</summary>
internal delegate CelValue Implementation(ReadOnlySpan<CelValue> arguments);

/// <summary>
/// What a call costs, or how large its result is, by the sizes of its arguments and (last, where it is known) of its result: characters, bytes,
/// items; 1 for what has no size.
/// </summary>
internal delegate long SizeRule(ReadOnlySpan<long> sizes);

/// <summary>One meaning of a function.</summary>
/// <param name="IsMember">Whether it is called on its first argument.</param>
internal sealed record Overload(string Function, bool IsMember, ImmutableArray<CelType> Parameters, CelType Result, Implementation Run)
{
    /// <summary>Null where a call costs 1.</summary>
    public SizeRule? Cost { get; init; }

    /// <summary>The largest size of the result; null where it is what the arguments have together.</summary>
    public SizeRule? Growth { get; init; }

    /// <summary>Whether it takes any values, and gives a fault for those it has no answer to: then nobody has to choose.</summary>
    public bool IsTotal { get; init; }

    /// <summary>Whether the values are of its types, as far as that shows without looking into them.</summary>
    public bool Accepts(ReadOnlySpan<CelValue> arguments)
    {
        for (var at = 0; at < arguments.Length; at++)
        {
            if (!Accepts(Parameters[at], arguments[at])) return false;
        }
        return true;
    }

    private static bool Accepts(CelType type, CelValue value) => type.Kind switch
    {
        CelTypeKind.Dyn or CelTypeKind.Parameter => true,
        CelTypeKind.Null => value.Kind == CelKind.Null,
        CelTypeKind.Bool => value.Kind == CelKind.Bool,
        CelTypeKind.Int => value.Kind == CelKind.Int,
        CelTypeKind.Uint => value.Kind == CelKind.Uint,
        CelTypeKind.Double => value.Kind == CelKind.Double,
        CelTypeKind.String => value.Kind == CelKind.String,
        CelTypeKind.Bytes => value.Kind == CelKind.Bytes,
        CelTypeKind.Timestamp => value.Kind == CelKind.Timestamp,
        CelTypeKind.Duration => value.Kind == CelKind.Duration,
        CelTypeKind.List => value.Kind == CelKind.List,
        CelTypeKind.Map => value.Kind == CelKind.Map,
        CelTypeKind.Optional => value.Kind == CelKind.Optional,
        CelTypeKind.Type => value.Kind == CelKind.Type,
        CelTypeKind.Object => value.Kind == CelKind.Struct,
        CelTypeKind.Opaque => value.Kind == CelKind.Opaque && value.Opaque.TypeName == type.Name,
        _ => false,
    };
}
