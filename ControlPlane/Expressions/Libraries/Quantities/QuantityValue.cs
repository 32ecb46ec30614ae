using System.Globalization;
using System.Numerics;
using ControlPlane.Expressions.Values;

namespace ControlPlane.Expressions.Libraries.Quantities;

/// <summary>A Kubernetes quantity, exact: a whole number of some power of ten.</summary>
internal sealed class QuantityValue : CelOpaque
{
    public const string Name = "kubernetes.Quantity";

    /// <summary>No number has more digits, so that nothing grows without end.</summary>
    private const int MostDigits = 64;

    private static readonly string[] Decimal = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
    private static readonly string[] Binary = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

    private readonly BigInteger _mantissa;
    private readonly int _scale;

    /// <param name="mantissa">The number, times ten to the power of the scale.</param>
    private QuantityValue(BigInteger mantissa, int scale) : base(Name) => (_mantissa, _scale) = (mantissa, scale);

    public bool IsInteger => TryInteger(out _);

    public int Sign => _mantissa.Sign;

    public static QuantityValue Of(long number) => new(number, 0);

    /// <summary>Null if the text is no quantity.</summary>
    public static QuantityValue? Read(string text)
    {
        var end = text.AsSpan().LastIndexOfAnyInRange('0', '9') + 1;
        var point = text.LastIndexOf('.');
        if (point == end) end++;
        // An exponent's digits are no part of the number.
        var power = text.AsSpan(0, end).IndexOfAny('e', 'E');
        if (power >= 0) end = power;
        var (number, suffix) = (text[..end], text[end..]);
        if (number.Length is 0 or > MostDigits || number.Count(char.IsAsciiDigit) == 0) return null;
        point = number.IndexOf('.', StringComparison.Ordinal);
        var scale = point < 0 ? 0 : number.Length - point - 1;
        if (point >= 0) number = number.Remove(point, 1);
        if (!BigInteger.TryParse(number, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var mantissa)) return null;
        if (Array.IndexOf(Binary, suffix) is >= 0 and var binary) return new(mantissa << (10 * (binary + 1)), scale);
        if (Array.IndexOf(Decimal, suffix) is >= 0 and var @decimal) return Scaled(mantissa, scale, (@decimal - 3) * 3);
        if (suffix.Length < 2 || suffix[0] is not ('e' or 'E')) return null;
        return int.TryParse(suffix.AsSpan(1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var exponent) && Math.Abs(exponent) <= MostDigits
            ? Scaled(mantissa, scale, exponent)
            : null;
    }

    public bool TryInteger(out long integer)
    {
        var unit = BigInteger.Pow(10, _scale);
        var whole = BigInteger.DivRem(_mantissa, unit, out var rest);
        var fits = rest.IsZero && whole >= long.MinValue && whole <= long.MaxValue;
        integer = fits ? (long)whole : 0;
        return fits;
    }

    public double ToDouble() => double.Parse($"{_mantissa.ToString(CultureInfo.InvariantCulture)}e{-_scale}", CultureInfo.InvariantCulture);

    public int CompareTo(QuantityValue other)
    {
        var scale = Math.Max(_scale, other._scale);
        return At(scale).CompareTo(other.At(scale));
    }

    public QuantityValue Plus(QuantityValue other)
    {
        var scale = Math.Max(_scale, other._scale);
        return new(At(scale) + other.At(scale), scale);
    }

    public QuantityValue Minus(QuantityValue other)
    {
        var scale = Math.Max(_scale, other._scale);
        return new(At(scale) - other.At(scale), scale);
    }

    public override bool Equal(CelOpaque other) => other is QuantityValue quantity && CompareTo(quantity) == 0;

    public override string ToString() =>
        _scale == 0 ? _mantissa.ToString(CultureInfo.InvariantCulture) : $"{_mantissa.ToString(CultureInfo.InvariantCulture)}e-{_scale}";

    private static QuantityValue Scaled(BigInteger mantissa, int scale, int exponent)
    {
        scale -= exponent;
        return scale >= 0 ? new(mantissa, scale) : new(mantissa * BigInteger.Pow(10, -scale), 0);
    }

    private BigInteger At(int scale) => scale == _scale ? _mantissa : _mantissa * BigInteger.Pow(10, scale - _scale);
}
