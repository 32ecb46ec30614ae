using System.Globalization;

namespace Shared.Api;

/// <summary>
/// Reads and writes Kubernetes quantities (<c>250m</c>, <c>1.5Gi</c>, <c>2e3</c>) without allocating. What does not fit a number is rounded
/// away from zero, so that a request is never taken for less than it is; what is too large is the largest number.
/// </summary>
public static class Quantities
{
    /// <summary>Reads thousandths: CPU. <c>250m</c> is 250, <c>2</c> is 2000, <c>1u</c> is 1.</summary>
    public static bool TryParseMilli(ReadOnlySpan<char> text, out long milli) => TryRead(text, 3, out milli);

    /// <inheritdoc cref="TryParseMilli(ReadOnlySpan{char}, out long)"/>
    public static bool TryParseMilli(string? text, out long milli) => TryParseMilli(text.AsSpan(), out milli);

    /// <summary>Reads whole units: bytes, counts. <c>1Ki</c> is 1024, <c>100m</c> is 1.</summary>
    public static bool TryParseValue(ReadOnlySpan<char> text, out long value) => TryRead(text, 0, out value);

    /// <inheritdoc cref="TryParseValue(ReadOnlySpan{char}, out long)"/>
    public static bool TryParseValue(string? text, out long value) => TryParseValue(text.AsSpan(), out value);

    /// <summary>Reads thousand-millionths: CPU time per time. <c>1m</c> is 1000000, <c>5n</c> is 5.</summary>
    public static bool TryParseNano(string? text, out long nano) => TryRead(text.AsSpan(), 9, out nano);

    /// <summary>Thousand-millionths as Kubernetes shows them: 250000000 is <c>250m</c>, 12345678 is <c>12345678n</c>.</summary>
    public static string OfNano(long nano) => CanonicalDecimal(new(nano < 0, Magnitude(nano), -9, 0, false));

    /// <summary>Bytes as Kubernetes shows them: 1263616 is <c>1234Ki</c>.</summary>
    public static string OfBytes(long bytes) => CanonicalBinary(new(bytes < 0, Magnitude(bytes), 0, 0, false));

    /// <summary>
    /// Writes a quantity as Kubernetes shows it: the largest suffix of its family that needs no fraction. <c>0.5</c> is <c>500m</c>,
    /// <c>1024Mi</c> is <c>1Gi</c>. False if the text is not a quantity.
    /// </summary>
    public static bool TryCanonical(string? text, out string canonical)
    {
        canonical = "";
        if (!TrySplit(text.AsSpan().Trim(), out var number)) return false;
        canonical = number.Binary > 0 ? CanonicalBinary(number) : CanonicalDecimal(number);
        return true;
    }

    private static bool TryRead(ReadOnlySpan<char> text, int scale, out long value)
    {
        value = 0;
        if (!TrySplit(text, out var number)) return false;
        var magnitude = Scale(number.Digits, number.Exponent + scale, number.Binary);
        value = number.Negative ? -magnitude : magnitude;
        return true;
    }

    /// <summary>digits * 10^exponent * 2^binary, rounded up and bounded.</summary>
    private static long Scale(UInt128 digits, int exponent, int binary)
    {
        if (digits == 0) return 0;
        for (; exponent > 0; exponent--)
        {
            if (digits > long.MaxValue) return long.MaxValue;
            digits *= 10;
        }
        // While there are places to lose, the power of two goes in first: 1.5Gi is exact.
        if (binary > 0)
        {
            if (digits > (UInt128.MaxValue >> binary)) return long.MaxValue;
            digits <<= binary;
        }
        var rest = false;
        for (; exponent < 0 && digits > 0; exponent++)
        {
            (digits, var remainder) = UInt128.DivRem(digits, 10);
            rest |= remainder != 0;
        }
        if (rest) digits++;
        return digits > long.MaxValue ? long.MaxValue : (long)digits;
    }

    private static string CanonicalBinary(Number number)
    {
        var bytes = Scale(number.Digits, number.Exponent, number.Binary);
        var step = 0;
        while (step < 6 && bytes != 0 && bytes % 1024 == 0)
        {
            bytes /= 1024;
            step++;
        }
        return $"{Sign(number, bytes)}{bytes.ToString(CultureInfo.InvariantCulture)}{(step == 0 ? "" : $"{" KMGTPE"[step]}i")}";
    }

    private static string CanonicalDecimal(Number number)
    {
        var (digits, exponent) = (number.Digits, number.Exponent);
        if (digits == 0) return "0";
        // Finer than a nano is not kept.
        for (; exponent < -9; exponent++)
        {
            (digits, var remainder) = UInt128.DivRem(digits, 10);
            if (remainder != 0) digits++;
        }
        while (digits % 10 == 0)
        {
            digits /= 10;
            exponent++;
        }
        for (; exponent % 3 != 0 || exponent > 18; exponent--) digits *= 10;
        var suffix = number.Scientific
            ? exponent == 0 ? "" : $"e{exponent}"
            : "n u m  k M G T P E".Split(' ')[exponent / 3 + 3];
        return $"{Sign(number, 1)}{digits.ToString(CultureInfo.InvariantCulture)}{suffix}";
    }

    private static UInt128 Magnitude(long value) => (UInt128)Int128.Abs(value);

    private static string Sign(Number number, long magnitude) => number.Negative && magnitude != 0 ? "-" : "";

    /// <summary>Digits * 10^Exponent * 2^Binary.</summary>
    private readonly record struct Number(bool Negative, UInt128 Digits, int Exponent, int Binary, bool Scientific);

    private static bool TrySplit(ReadOnlySpan<char> text, out Number number)
    {
        number = default;
        var at = 0;
        var negative = false;
        if (text is ['+' or '-', ..])
        {
            negative = text[0] == '-';
            at++;
        }
        UInt128 digits = 0;
        var (exponent, count, point) = (0, 0, false);
        for (; at < text.Length; at++)
        {
            var c = text[at];
            if (c == '.' && !point)
            {
                point = true;
                continue;
            }
            if (!char.IsAsciiDigit(c)) break;
            count++;
            // 20 digits are past what a long holds: later ones only move the point.
            if (digits < 10_000_000_000_000_000_000)
            {
                digits = digits * 10 + (uint)(c - '0');
                if (point) exponent--;
            }
            else
            {
                if (c != '0' && digits % 10 == 0) digits++;
                if (!point) exponent++;
            }
        }
        if (count == 0 || !TrySuffix(text[at..], out var ten, out var two, out var scientific)) return false;
        number = new(negative, digits, exponent + ten, two, scientific);
        return true;
    }

    private static bool TrySuffix(ReadOnlySpan<char> suffix, out int ten, out int two, out bool scientific)
    {
        (ten, two, scientific) = (0, 0, false);
        switch (suffix)
        {
            case "": return true;
            case "n": ten = -9; return true;
            case "u": ten = -6; return true;
            case "m": ten = -3; return true;
            case "k": ten = 3; return true;
            case "M": ten = 6; return true;
            case "G": ten = 9; return true;
            case "T": ten = 12; return true;
            case "P": ten = 15; return true;
            case "E": ten = 18; return true;
            case "Ki": two = 10; return true;
            case "Mi": two = 20; return true;
            case "Gi": two = 30; return true;
            case "Ti": two = 40; return true;
            case "Pi": two = 50; return true;
            case "Ei": two = 60; return true;
        }
        scientific = suffix[0] is 'e' or 'E';
        return scientific
            && int.TryParse(suffix[1..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out ten)
            && ten is > -100 and < 100;
    }
}
