using System.Globalization;
using System.Text;

namespace ControlPlane.Expressions.Values;

/// <summary>Values as values of another type; a fault where that loses what they say.</summary>
internal static class Conversions
{
    /// <summary>2^63: the first whole number above what an int holds.</summary>
    private const double AboveInt = 9223372036854775808.0;

    private const double AboveUint = 18446744073709551616.0;

    public static CelValue ToInt(CelValue value) => value.Kind switch
    {
        CelKind.Int => value,
        CelKind.Uint => value.Uint <= long.MaxValue ? CelValue.Of((long)value.Uint) : CelValue.Fault("integer overflow: out of range"),
        CelKind.Double => value.Double is > -AboveInt and < AboveInt ? CelValue.Of((long)value.Double) : CelValue.Fault("integer overflow: out of range"),
        CelKind.String => long.TryParse(value.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var read)
            ? CelValue.Of(read)
            : CelValue.Fault($"type conversion error from 'string' to 'int': \"{value.Text}\""),
        CelKind.Timestamp => CelValue.Of(value.Seconds),
        CelKind.Duration => CelValue.Of(value.Int),
        _ => NoOverload("int"),
    };

    public static CelValue ToUint(CelValue value) => value.Kind switch
    {
        CelKind.Uint => value,
        CelKind.Int => value.Int >= 0 ? CelValue.Of((ulong)value.Int) : CelValue.Fault("unsigned integer overflow: out of range"),
        CelKind.Double => value.Double is >= 0 and < AboveUint ? CelValue.Of((ulong)value.Double) : CelValue.Fault("unsigned integer overflow: out of range"),
        CelKind.String => ulong.TryParse(value.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var read)
            ? CelValue.Of(read)
            : CelValue.Fault($"type conversion error from 'string' to 'uint': \"{value.Text}\""),
        _ => NoOverload("uint"),
    };

    public static CelValue ToDouble(CelValue value) => value.Kind switch
    {
        CelKind.Double => value,
        CelKind.Int => CelValue.Of((double)value.Int),
        CelKind.Uint => CelValue.Of((double)value.Uint),
        CelKind.String => TryDouble(value.Text, out var read) ? CelValue.Of(read) : CelValue.Fault($"type conversion error from 'string' to 'double': \"{value.Text}\""),
        _ => NoOverload("double"),
    };

    public static CelValue ToBool(CelValue value) => value.Kind switch
    {
        CelKind.Bool => value,
        CelKind.String => value.Text switch
        {
            "1" or "t" or "T" or "true" or "TRUE" or "True" => CelValue.True,
            "0" or "f" or "F" or "false" or "FALSE" or "False" => CelValue.False,
            _ => CelValue.Fault($"type conversion error from 'string' to 'bool': \"{value.Text}\""),
        },
        _ => NoOverload("bool"),
    };

    public static CelValue ToText(CelValue value) => value.Kind switch
    {
        CelKind.String => value,
        CelKind.Bool => CelValue.Of(value.IsTrue ? "true" : "false"),
        CelKind.Int => CelValue.Of(value.Int.ToString(CultureInfo.InvariantCulture)),
        CelKind.Uint => CelValue.Of(value.Uint.ToString(CultureInfo.InvariantCulture)),
        CelKind.Double => CelValue.Of(DoubleText(value.Double)),
        CelKind.Bytes => Texts.FromUtf8(value.Data) is { } text ? CelValue.Of(text) : CelValue.Fault("invalid UTF-8 in bytes, cannot convert to string"),
        CelKind.Timestamp => CelValue.Of(Times.WriteTimestamp(value)),
        CelKind.Duration => CelValue.Of(Times.WriteDuration(value.Int)),
        CelKind.Opaque => CelValue.Of(value.Opaque.ToString() ?? ""),
        _ => NoOverload("string"),
    };

    public static CelValue ToBytes(CelValue value) => value.Kind switch
    {
        CelKind.Bytes => value,
        CelKind.String => CelValue.Of(Encoding.UTF8.GetBytes(value.Text)),
        _ => NoOverload("bytes"),
    };

    public static CelValue ToTimestamp(CelValue value) => value.Kind switch
    {
        CelKind.Timestamp => value,
        CelKind.Int => Times.Timestamp(value.Int is > -100_000_000_000_000 and < 100_000_000_000_000 ? value.Int : long.MaxValue / 2, 0),
        CelKind.String => Times.ReadTimestamp(value.Text),
        _ => NoOverload("timestamp"),
    };

    public static CelValue ToDuration(CelValue value) => value.Kind switch
    {
        CelKind.Duration => value,
        CelKind.Int => CelValue.Span(value.Int),
        CelKind.String => Times.ReadDuration(value.Text),
        _ => NoOverload("duration"),
    };

    /// <summary>The name <c>type(x)</c> has.</summary>
    public static string TypeName(CelValue value) => value.Kind switch
    {
        CelKind.Null => "null_type",
        CelKind.Bool => "bool",
        CelKind.Int => "int",
        CelKind.Uint => "uint",
        CelKind.Double => "double",
        CelKind.String => "string",
        CelKind.Bytes => "bytes",
        CelKind.Timestamp => "google.protobuf.Timestamp",
        CelKind.Duration => "google.protobuf.Duration",
        CelKind.List => "list",
        CelKind.Map => "map",
        CelKind.Struct => value.Struct.Type.Name,
        CelKind.Type => "type",
        CelKind.Optional => "optional_type",
        CelKind.Opaque => value.Opaque.TypeName,
        _ => "error",
    };

    /// <summary>The shortest digits that say the number, as Go writes them: a power of ten only where it is far.</summary>
    public static string DoubleText(double number)
    {
        if (double.IsNaN(number)) return "NaN";
        if (double.IsInfinity(number)) return number > 0 ? "+Inf" : "-Inf";
        var text = number.ToString("R", CultureInfo.InvariantCulture);
        var mark = text.IndexOf('E', StringComparison.Ordinal);
        var exponent = number == 0 ? 0 : (int)Math.Floor(Math.Log10(Math.Abs(number)));
        if (mark < 0 && exponent is >= -4 and < 21) return text;
        if (mark >= 0) exponent = int.Parse(text.AsSpan(mark + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        if (exponent is >= -4 and < 21) return number.ToString("0.####################", CultureInfo.InvariantCulture);
        var digits = mark >= 0 ? text[..mark] : number.ToString("E16", CultureInfo.InvariantCulture).Split('E')[0].TrimEnd('0').TrimEnd('.');
        return $"{digits}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent).ToString("D2", CultureInfo.InvariantCulture)}";
    }

    private static bool TryDouble(string text, out double number)
    {
        switch (text.TrimStart('+', '-').ToLowerInvariant())
        {
            case "inf" or "infinity":
                number = text[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity;
                return true;
            case "nan":
                number = double.NaN;
                return true;
            default:
                number = 0;
                return text.Length > 0 && !char.IsWhiteSpace(text[0]) && !char.IsWhiteSpace(text[^1])
                    && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);
        }
    }

    private static CelValue NoOverload(string type) => CelValue.Fault($"no such overload: {type}");
}
