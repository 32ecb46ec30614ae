namespace ControlPlane.Expressions.Values;

/// <summary>What <c>+ - * / %</c> make of two values.</summary>
internal static class Arithmetic
{
    /// <summary>No text is longer, in UTF-16 units: an expression can't double its way to the end of memory.</summary>
    public const int LongestText = 16 * 1024 * 1024;

    /// <summary>No list that an expression adds up is longer.</summary>
    public const int LongestList = 2 * 1024 * 1024;

    private static CelValue IntOverflow => CelValue.Fault("integer overflow");

    private static CelValue UintOverflow => CelValue.Fault("unsigned integer overflow");

    private static CelValue DurationOverflow => CelValue.Fault("duration overflow: out of range");

    public static CelValue Add(CelValue left, CelValue right)
    {
        switch (left.Kind, right.Kind)
        {
            case (CelKind.Int, CelKind.Int):
                var sum = unchecked(left.Int + right.Int);
                return ((left.Int ^ sum) & (right.Int ^ sum)) < 0 ? IntOverflow : CelValue.Of(sum);
            case (CelKind.Uint, CelKind.Uint):
                var unsigned = unchecked(left.Uint + right.Uint);
                return unsigned < left.Uint ? UintOverflow : CelValue.Of(unsigned);
            case (CelKind.Double, CelKind.Double): return CelValue.Of(left.Double + right.Double);
            case (CelKind.String, CelKind.String):
                return (long)left.Text.Length + right.Text.Length > LongestText ? CelValue.Fault("string is too long") : CelValue.Of(left.Text + right.Text);
            case (CelKind.Bytes, CelKind.Bytes):
                return (long)left.Data.Length + right.Data.Length > LongestText ? CelValue.Fault("bytes are too long") : CelValue.Of([.. left.Data, .. right.Data]);
            case (CelKind.List, CelKind.List):
                if ((long)left.List.Count + right.List.Count > LongestList) return CelValue.Fault("list is too long");
                return CelValue.Of(left.List.Semantic is { } semantic ? KeyedLists.Merge(left.List, right.List, semantic) : JoinedList.Of(left.List, right.List));
            case (CelKind.Duration, CelKind.Duration):
                var span = unchecked(left.Int + right.Int);
                return ((left.Int ^ span) & (right.Int ^ span)) < 0 ? DurationOverflow : CelValue.Span(span);
            case (CelKind.Timestamp, CelKind.Duration): return Times.Add(left, right.Int);
            case (CelKind.Duration, CelKind.Timestamp): return Times.Add(right, left.Int);
            default: return Indexing.NoOverload;
        }
    }

    public static CelValue Subtract(CelValue left, CelValue right)
    {
        switch (left.Kind, right.Kind)
        {
            case (CelKind.Int, CelKind.Int):
                var difference = unchecked(left.Int - right.Int);
                return ((left.Int ^ right.Int) & (left.Int ^ difference)) < 0 ? IntOverflow : CelValue.Of(difference);
            case (CelKind.Uint, CelKind.Uint): return right.Uint > left.Uint ? UintOverflow : CelValue.Of(left.Uint - right.Uint);
            case (CelKind.Double, CelKind.Double): return CelValue.Of(left.Double - right.Double);
            case (CelKind.Duration, CelKind.Duration):
                var span = unchecked(left.Int - right.Int);
                return ((left.Int ^ right.Int) & (left.Int ^ span)) < 0 ? DurationOverflow : CelValue.Span(span);
            case (CelKind.Timestamp, CelKind.Timestamp): return Times.Between(left, right);
            case (CelKind.Timestamp, CelKind.Duration):
                // The smallest span has no opposite.
                return right.Int == long.MinValue ? DurationOverflow : Times.Add(left, -right.Int);
            default: return Indexing.NoOverload;
        }
    }

    public static CelValue Multiply(CelValue left, CelValue right) => (left.Kind, right.Kind) switch
    {
        (CelKind.Int, CelKind.Int) when (Int128)left.Int * right.Int is var product =>
            product >= long.MinValue && product <= long.MaxValue ? CelValue.Of((long)product) : IntOverflow,
        (CelKind.Uint, CelKind.Uint) when (UInt128)left.Uint * right.Uint is var product => product <= ulong.MaxValue ? CelValue.Of((ulong)product) : UintOverflow,
        (CelKind.Double, CelKind.Double) => CelValue.Of(left.Double * right.Double),
        _ => Indexing.NoOverload,
    };

    public static CelValue Divide(CelValue left, CelValue right) => (left.Kind, right.Kind) switch
    {
        (CelKind.Int, CelKind.Int) or (CelKind.Uint, CelKind.Uint) when right.Int == 0 => CelValue.Fault("division by zero"),
        (CelKind.Int, CelKind.Int) => left.Int == long.MinValue && right.Int == -1 ? IntOverflow : CelValue.Of(left.Int / right.Int),
        (CelKind.Uint, CelKind.Uint) => CelValue.Of(left.Uint / right.Uint),
        (CelKind.Double, CelKind.Double) => CelValue.Of(left.Double / right.Double),
        _ => Indexing.NoOverload,
    };

    public static CelValue Remainder(CelValue left, CelValue right) => (left.Kind, right.Kind) switch
    {
        (CelKind.Int, CelKind.Int) or (CelKind.Uint, CelKind.Uint) when right.Int == 0 => CelValue.Fault("modulus by zero"),
        (CelKind.Int, CelKind.Int) => left.Int == long.MinValue && right.Int == -1 ? IntOverflow : CelValue.Of(left.Int % right.Int),
        (CelKind.Uint, CelKind.Uint) => CelValue.Of(left.Uint % right.Uint),
        _ => Indexing.NoOverload,
    };

    public static CelValue Negate(CelValue value) => value.Kind switch
    {
        CelKind.Int => value.Int == long.MinValue ? IntOverflow : CelValue.Of(-value.Int),
        CelKind.Double => CelValue.Of(-value.Double),
        _ => Indexing.NoOverload,
    };
}
