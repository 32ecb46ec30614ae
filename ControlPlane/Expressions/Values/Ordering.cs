namespace ControlPlane.Expressions.Values;

/// <summary>How values order. Numbers of different types compare by what they count, as cel-go does it.</summary>
internal static class Ordering
{
    /// <summary>What <see cref="Compare"/> says of values that have no order: NaN, or kinds that don't compare.</summary>
    public const int None = 2;

    public static bool IsNumber(CelValue value) => value.Kind is CelKind.Int or CelKind.Uint or CelKind.Double;

    /// <summary>Whether two values have an order in principle.</summary>
    public static bool Comparable(CelValue left, CelValue right) =>
        left.Kind == right.Kind
            ? left.Kind is CelKind.Int or CelKind.Uint or CelKind.Double or CelKind.String or CelKind.Bytes or CelKind.Bool or CelKind.Timestamp or CelKind.Duration
            : IsNumber(left) && IsNumber(right);

    /// <summary>-1, 0, 1 or <see cref="None"/>.</summary>
    public static int Compare(CelValue left, CelValue right) => (left.Kind, right.Kind) switch
    {
        (CelKind.Int, CelKind.Int) or (CelKind.Duration, CelKind.Duration) or (CelKind.Bool, CelKind.Bool) => left.Int.CompareTo(right.Int),
        (CelKind.Uint, CelKind.Uint) => left.Uint.CompareTo(right.Uint),
        (CelKind.Double, CelKind.Double) => Doubles(left.Double, right.Double),
        (CelKind.String, CelKind.String) => Texts.Compare(left.Text, right.Text),
        (CelKind.Bytes, CelKind.Bytes) => Math.Sign(left.Data.AsSpan().SequenceCompareTo(right.Data)),
        (CelKind.Timestamp, CelKind.Timestamp) => left.Seconds != right.Seconds ? left.Seconds.CompareTo(right.Seconds) : left.Nanos.CompareTo(right.Nanos),
        (CelKind.Int, CelKind.Uint) => left.Int < 0 ? -1 : ((ulong)left.Int).CompareTo(right.Uint),
        (CelKind.Uint, CelKind.Int) => right.Int < 0 ? 1 : left.Uint.CompareTo((ulong)right.Int),
        (CelKind.Int, CelKind.Double) => Negated(DoubleInt(right.Double, left.Int)),
        (CelKind.Double, CelKind.Int) => DoubleInt(left.Double, right.Int),
        (CelKind.Uint, CelKind.Double) => Negated(DoubleUint(right.Double, left.Uint)),
        (CelKind.Double, CelKind.Uint) => DoubleUint(left.Double, right.Uint),
        _ => None,
    };

    private static int Negated(int order) => order == None ? None : -order;

    private static int Doubles(double left, double right) => left < right ? -1 : left > right ? 1 : left == right ? 0 : None;

    private static int DoubleInt(double left, long right) => left < long.MinValue ? -1 : left > long.MaxValue ? 1 : Doubles(left, right);

    private static int DoubleUint(double left, ulong right) => left < 0 ? -1 : left > ulong.MaxValue ? 1 : Doubles(left, right);
}
