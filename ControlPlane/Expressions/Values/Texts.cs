using System.Text;

namespace ControlPlane.Expressions.Values;

/// <summary>Texts by their characters (code points), which .NET keeps in one or two units.</summary>
internal static class Texts
{
    /// <summary>The number of characters.</summary>
    public static int Length(string text)
    {
        var length = text.Length;
        if (!HasWide(text)) return length;
        for (var at = 1; at < text.Length; at++)
        {
            if (char.IsSurrogatePair(text[at - 1], text[at])) length--;
        }
        return length;
    }

    /// <summary>Whether some character takes two units.</summary>
    public static bool HasWide(ReadOnlySpan<char> text) => text.ContainsAnyInRange('\uD800', '\uDFFF');

    /// <summary>The order of texts by characters.</summary>
    public static int Compare(string left, string right)
    {
        var at = left.AsSpan().CommonPrefixLength(right);
        if (at == left.Length || at == right.Length) return Math.Sign(left.Length - right.Length);
        var (a, b) = (left[at], right[at]);
        // A character of two units is above every one of one unit, though its units are not.
        if (char.IsSurrogate(a) != char.IsSurrogate(b)) return char.IsSurrogate(a) ? 1 : -1;
        return a < b ? -1 : 1;
    }

    /// <summary>The unit a character begins at; the end for the number of characters; -1 beyond.</summary>
    public static int Unit(string text, long character)
    {
        if (character < 0 || character > text.Length) return -1;
        if (!HasWide(text)) return (int)character;
        var at = 0;
        for (; character > 0; character--)
        {
            if (at >= text.Length) return -1;
            at += char.IsSurrogatePair(text, at) ? 2 : 1;
        }
        return at;
    }

    /// <summary>The character that begins at a unit.</summary>
    public static int Character(string text, int unit)
    {
        var wide = 0;
        for (var at = 1; at < unit; at++)
        {
            if (char.IsSurrogatePair(text[at - 1], text[at])) wide++;
        }
        return unit - wide;
    }

    /// <summary>The text of bytes in UTF-8; null if they are not.</summary>
    public static string? FromUtf8(byte[] bytes) => System.Text.Unicode.Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : null;
}
