using ControlPlane.Expressions.Types;
using ControlPlane.Expressions.Values;

namespace ControlPlane.Expressions.Libraries.Standard;

/// <summary>Values that may be none. <c>or</c> and <c>orValue</c> look at their argument only if they need it: the planner sees to that.</summary>
internal static class OptionalLibrary
{
    public static void Declare(FunctionTable table)
    {
        table.Add("optional.of(A): optional(A)", static arguments => CelOptional.Some(arguments[0]));
        table.Add(
            "optional.ofNonZeroValue(A): optional(A)",
            static arguments => IsZero(arguments[0]) ? CelOptional.None : CelOptional.Some(arguments[0]));
        table.Add("optional.none(): optional(A)", static _ => CelOptional.None);
        table.Add("(optional(A)).hasValue(): bool", static arguments => CelValue.Of(arguments[0].Optional.HasValue));
        table.Add(
            "(optional(A)).value(): A",
            static arguments => arguments[0].Optional.HasValue ? arguments[0].Optional.Value : CelValue.Fault("optional.none() dereference"));
        table.Add("(optional(A)).or(optional(A)): optional(A)", static arguments => arguments[0].Optional.HasValue ? arguments[0] : arguments[1]);
        table.Add("(optional(A)).orValue(A): A", static arguments => arguments[0].Optional.HasValue ? arguments[0].Optional.Value : arguments[1]);
        table.Add("optional.unwrap(list(optional(A))): list(A)", Unwrap);
        table.Add("(list(optional(A))).unwrapOpt(): list(A)", Unwrap);
    }

    private static readonly Implementation Unwrap = static arguments =>
    {
        var list = arguments[0].List;
        var values = new List<CelValue>(list.Count);
        for (var at = 0; at < list.Count; at++)
        {
            if (list[at].Kind != CelKind.Optional) return Indexing.NoOverload;
            if (list[at].Optional.HasValue) values.Add(list[at].Optional.Value);
        }
        return CelValue.Of(new ArrayList([.. values]));
    };

    private static bool IsZero(CelValue value) => value.Kind switch
    {
        CelKind.Null => true,
        CelKind.Bool => value.IsFalse,
        CelKind.Int or CelKind.Uint or CelKind.Duration => value.Int == 0,
        CelKind.Double => value.Double == 0,
        CelKind.String => value.Text.Length == 0,
        CelKind.Bytes => value.Data.Length == 0,
        CelKind.List => value.List.Count == 0,
        CelKind.Map => value.Map.Count == 0,
        CelKind.Timestamp => value is { Seconds: 0, Nanos: 0 },
        CelKind.Struct => !value.Struct.Names.Any(name => FieldNames.Escape(name) is { } escaped && value.Struct.Type.Field(escaped) is not null),
        CelKind.Optional => !value.Optional.HasValue,
        _ => false,
    };
}
