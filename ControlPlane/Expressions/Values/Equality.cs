using System.Runtime.CompilerServices;
using ControlPlane.Expressions.Evaluation;
using ControlPlane.Expressions.Types;

namespace ControlPlane.Expressions.Values;

/// <summary>When values say the same. Values of different kinds don't, except numbers, which compare by what they count.</summary>
internal static class Equality
{
    /// <summary>Calls that compare more than that cost too much, whatever is left.</summary>
    private const long MostSteps = 10 * CelBudget.PerCall;

    /// <summary>
    /// How many values were compared on this thread since somebody set it to 0. A value may hold another one often, so its size does not tell
    /// what comparing it costs: who calls counts afterwards.
    /// </summary>
    [ThreadStatic]
    public static long Steps;

    public static bool Equal(CelValue left, CelValue right)
    {
        if (++Steps > MostSteps) throw new OverBudgetException();
        if (left.Kind != right.Kind) return Ordering.IsNumber(left) && Ordering.IsNumber(right) && Ordering.Compare(left, right) == 0;
        switch (left.Kind)
        {
            case CelKind.Null: return true;
            case CelKind.Bool or CelKind.Int or CelKind.Uint or CelKind.Duration: return left.Int == right.Int;
            case CelKind.Double: return left.Double == right.Double;
            case CelKind.String or CelKind.Type: return string.Equals(left.Text, right.Text, StringComparison.Ordinal);
            case CelKind.Bytes: return left.Data.AsSpan().SequenceEqual(right.Data);
            case CelKind.Timestamp: return left.Seconds == right.Seconds && left.Nanos == right.Nanos;
            case CelKind.Opaque: return left.Opaque.Equal(right.Opaque);
        }
        RuntimeHelpers.EnsureSufficientExecutionStack();
        return left.Kind switch
        {
            CelKind.List => Equal(left.List, right.List),
            CelKind.Map => Equal(left.Map, right.Map),
            CelKind.Struct => Equal(left.Struct, right.Struct),
            CelKind.Optional => left.Optional.HasValue == right.Optional.HasValue && (!left.Optional.HasValue || Equal(left.Optional.Value, right.Optional.Value)),
            _ => false,
        };
    }

    private static bool Equal(CelList left, CelList right)
    {
        if (left.Count != right.Count) return false;
        if ((left.Semantic ?? right.Semantic) is { } semantic) return KeyedLists.Equal(left, right, semantic);
        for (var at = 0; at < left.Count; at++)
        {
            if (!Equal(left[at], right[at])) return false;
        }
        return true;
    }

    private static bool Equal(CelMap left, CelMap right)
    {
        if (left.Count != right.Count) return false;
        for (var at = 0; at < left.Count; at++)
        {
            if (!right.TryGet(left.KeyAt(at), out var other) || !Equal(left.ValueAt(at), other)) return false;
        }
        return true;
    }

    private static bool Equal(CelStruct left, CelStruct right) => left.Type.Equals(right.Type) && Covers(left, right) && Covers(right, left);

    /// <summary>Whether each field of one that expressions can see is in the other, and says the same.</summary>
    private static bool Covers(CelStruct left, CelStruct right)
    {
        foreach (var name in left.Names)
        {
            if (FieldNames.Escape(name) is not { } escaped || left.Type.Field(escaped) is not { } field) continue;
            if (!left.TryGet(field, out var mine) || !right.TryGet(field, out var other) || !Equal(mine, other)) return false;
        }
        return true;
    }
}
