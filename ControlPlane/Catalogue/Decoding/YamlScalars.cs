using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.RegularExpressions;
using YamlDotNet.Core;

namespace ControlPlane.Catalogue.Decoding;

/// <summary>
/// The type of a plain scalar by its look, as kubectl and Kubernetes read it: YAML 1.1, times kept as text, and integers in
/// bases 2, 8 and 16 (a file mode of <c>0644</c> is 420).
/// </summary>
internal static partial class YamlScalars
{
    private const int LongestNumber = 64;

    public static void Write(YamlScalar scalar, Utf8JsonWriter writer)
    {
        if (scalar.Tag == "str" || scalar.Tag == "binary" || (!scalar.Plain && scalar.Tag.Length == 0))
        {
            writer.WriteStringValue(scalar.Text);
            return;
        }
        switch (scalar.Text)
        {
            case "" or "~" or "null" or "Null" or "NULL":
                writer.WriteNullValue();
                return;
            case "true" or "True" or "TRUE" or "y" or "Y" or "yes" or "Yes" or "YES" or "on" or "On" or "ON":
                writer.WriteBooleanValue(true);
                return;
            case "false" or "False" or "FALSE" or "n" or "N" or "no" or "No" or "NO" or "off" or "Off" or "OFF":
                writer.WriteBooleanValue(false);
                return;
        }
        if (!TryWriteNumber(scalar.Text, writer)) writer.WriteStringValue(scalar.Text);
    }

    private static bool TryWriteNumber(string text, Utf8JsonWriter writer)
    {
        if (text.Length > LongestNumber || !(char.IsAsciiDigit(text[0]) || text[0] is '+' or '-' or '.')) return false;
        var plain = text.Replace("_", "", StringComparison.Ordinal);
        if (TryInteger(plain, out var integer))
        {
            writer.WriteRawValue(integer.ToString(CultureInfo.InvariantCulture), skipInputValidation: true);
            return true;
        }
        if (plain is ".inf" or "+.inf" or "-.inf" or ".nan" or ".Inf" or "+.Inf" or "-.Inf" or ".NaN" or ".INF" or "+.INF" or "-.INF" or ".NAN")
        {
            throw new YamlException($"{text} has no form in JSON");
        }
        if (!Float().IsMatch(plain) || !double.TryParse(plain, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) || !double.IsFinite(number)) return false;
        writer.WriteNumberValue(number);
        return true;
    }

    private static bool TryInteger(string text, out BigInteger value)
    {
        value = default;
        var negative = text is ['-', ..];
        var digits = negative || text is ['+', ..] ? text[1..] : text;
        if (digits.Length == 0) return false;
        var radix = digits switch
        {
            ['0', 'x', ..] => 16,
            ['0', 'b', ..] => 2,
            ['0', 'o', ..] => 8,
            ['0', _, ..] when digits.All(c => c is >= '0' and <= '7') => 8,
            _ => 10,
        };
        var skip = radix switch { 10 => 0, 8 => digits[1] == 'o' ? 2 : 1, _ => 2 };
        if (digits.Length == skip) return false;
        foreach (var c in digits.AsSpan(skip))
        {
            var digit = char.IsAsciiHexDigit(c) ? HexDigit(c) : radix;
            if (digit >= radix) return false;
            value = value * radix + digit;
        }
        if (negative) value = -value;
        return true;
    }

    private static int HexDigit(char c) => c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$")]
    private static partial Regex Float();
}
