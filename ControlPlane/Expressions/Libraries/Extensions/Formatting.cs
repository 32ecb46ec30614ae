using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;
using ControlPlane.Expressions.Values;

namespace ControlPlane.Expressions.Libraries.Extensions;

/// <summary>What <c>format</c> makes of <c>%s %d %f %e %b %x %X %o %%</c>, with a precision where it has a meaning.</summary>
internal static class Formatting
{
    private const int MostDigits = 100;

    public static CelValue Format(string text, CelList values)
    {
        var written = new StringBuilder();
        var used = 0;
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] != '%')
            {
                written.Append(text[at]);
                continue;
            }
            if (++at >= text.Length) return CelValue.Fault("unexpected end of string");
            if (text[at] == '%')
            {
                written.Append('%');
                continue;
            }
            int? precision = null;
            if (text[at] == '.')
            {
                var start = ++at;
                while (at < text.Length && char.IsAsciiDigit(text[at])) at++;
                if (at >= text.Length || !int.TryParse(text.AsSpan(start, at - start), CultureInfo.InvariantCulture, out var digits) || digits > MostDigits)
                {
                    return CelValue.Fault("error while parsing precision");
                }
                precision = digits;
            }
            if (used >= values.Count) return CelValue.Fault($"index {used} out of range");
            var value = values[used++];
            if (value.IsFault) return value;
            if (Write(written, text[at], value, precision) is { } wrong) return CelValue.Fault(wrong);
            if (written.Length > Arithmetic.LongestText) return CelValue.Fault("string is too long");
        }
        return CelValue.Of(written.ToString());
    }

    private static string? Write(StringBuilder written, char clause, CelValue value, int? precision)
    {
        var done = clause switch
        {
            's' => Text(written, value),
            'd' => value.Kind is CelKind.Int or CelKind.Uint && Text(written, value) || value.Kind == CelKind.Double && NotFinite(written, value.Double),
            'f' => Number(value) is { } number && (NotFinite(written, number) || Put(written, Fixed(number, precision ?? 6))),
            'e' => Number(value) is { } number && (NotFinite(written, number) || Put(written, Scientific(number, precision ?? 6))),
            'b' => Binary(written, value),
            'x' or 'X' => Hex(written, value, clause == 'X'),
            'o' => value.Kind is CelKind.Int or CelKind.Uint && Put(written, Radix(value, 8)),
            _ => false,
        };
        if (done) return null;
        return clause is 's' or 'd' or 'f' or 'e' or 'b' or 'x' or 'X' or 'o'
            ? $"error during formatting: clause '%{clause}' can't take {Conversions.TypeName(value)}"
            : $"could not parse formatting clause: unrecognized formatting clause \"{clause}\"";
    }

    private static bool Put(StringBuilder written, string text)
    {
        written.Append(text);
        return true;
    }

    private static double? Number(CelValue value) => value.Kind switch
    {
        CelKind.Double => value.Double,
        CelKind.Int => value.Int,
        CelKind.Uint => value.Uint,
        _ => null,
    };

    private static bool NotFinite(StringBuilder written, double number)
    {
        if (double.IsFinite(number)) return false;
        return Put(written, double.IsNaN(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity");
    }

    private static bool Text(StringBuilder written, CelValue value)
    {
        if (written.Length > Arithmetic.LongestText) return false;
        switch (value.Kind)
        {
            case CelKind.Double when !double.IsFinite(value.Double): return NotFinite(written, value.Double);
            case CelKind.Null: return Put(written, "null");
            case CelKind.Type: return Put(written, value.Text);
            case CelKind.List or CelKind.Map when !RuntimeHelpers.TryEnsureSufficientExecutionStack(): return false;
            case CelKind.List:
                written.Append('[');
                for (var at = 0; at < value.List.Count; at++)
                {
                    if (at > 0) written.Append(", ");
                    if (!Text(written, value.List[at])) return false;
                }
                return Put(written, "]");
            case CelKind.Map: return Entries(written, value.Map);
            case CelKind.String or CelKind.Bool or CelKind.Int or CelKind.Uint or CelKind.Double or CelKind.Bytes or CelKind.Timestamp or CelKind.Duration:
                var text = Conversions.ToText(value);
                return !text.IsFault && Put(written, text.Text);
            default: return false;
        }
    }

    private static bool Entries(StringBuilder written, CelMap map)
    {
        var entries = new List<(string Key, CelValue Value)>(map.Count);
        for (var at = 0; at < map.Count; at++) entries.Add((Conversions.ToText(map.KeyAt(at)).Text, map.ValueAt(at)));
        entries.Sort(static (left, right) => string.CompareOrdinal(left.Key, right.Key));
        written.Append('{');
        foreach (var (key, value) in entries)
        {
            if (written[^1] != '{') written.Append(", ");
            written.Append(key).Append(": ");
            if (!Text(written, value)) return false;
        }
        return Put(written, "}");
    }

    private static bool Binary(StringBuilder written, CelValue value) => value.Kind switch
    {
        CelKind.Bool => Put(written, value.IsTrue ? "1" : "0"),
        CelKind.Int or CelKind.Uint => Put(written, Radix(value, 2)),
        _ => false,
    };

    private static bool Hex(StringBuilder written, CelValue value, bool upper)
    {
        var text = value.Kind switch
        {
            CelKind.Int or CelKind.Uint => Radix(value, 16),
            CelKind.String => Convert.ToHexStringLower(Encoding.UTF8.GetBytes(value.Text)),
            CelKind.Bytes => Convert.ToHexStringLower(value.Data),
            _ => null,
        };
        return text is not null && Put(written, upper ? text.ToUpperInvariant() : text);
    }

    private static string Radix(CelValue value, uint radix)
    {
        var negative = value.Kind == CelKind.Int && value.Int < 0;
        var magnitude = negative ? (ulong)-(Int128)value.Int : value.Uint;
        var digits = new Stack<char>();
        do digits.Push("0123456789abcdef"[(int)(magnitude % radix)]);
        while ((magnitude /= radix) > 0);
        if (negative) digits.Push('-');
        return new([.. digits]);
    }

    /// <summary>A number with so many digits behind the point; what lies just between goes to the even one.</summary>
    private static string Fixed(double number, int digits)
    {
        var bits = BitConverter.DoubleToInt64Bits(number);
        var exponent = (int)(bits >> 52 & 0x7FF);
        BigInteger mantissa = (bits & 0xFFFFFFFFFFFFF) | (exponent == 0 ? 0 : 1L << 52);
        var power = Math.Max(exponent, 1) - 1075;
        mantissa *= BigInteger.Pow(10, digits);
        if (power >= 0)
        {
            mantissa <<= power;
        }
        else
        {
            var half = BigInteger.One << (-power - 1);
            var rest = mantissa & ((half << 1) - 1);
            mantissa >>= -power;
            if (rest > half || rest == half && !mantissa.IsEven) mantissa++;
        }
        var text = mantissa.ToString(CultureInfo.InvariantCulture).PadLeft(digits + 1, '0');
        var sign = double.IsNegative(number) ? "-" : "";
        return digits == 0 ? sign + text : $"{sign}{text[..^digits]}.{text[^digits..]}";
    }

    private static string Scientific(double number, int digits)
    {
        var parts = number.ToString($"e{digits}", CultureInfo.InvariantCulture).Split('e');
        var exponent = int.Parse(parts[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        return $"{parts[0]}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent).ToString("D2", CultureInfo.InvariantCulture)}";
    }
}
