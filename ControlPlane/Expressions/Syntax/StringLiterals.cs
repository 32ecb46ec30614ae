using System.Globalization;
using System.Text;

namespace ControlPlane.Expressions.Syntax;

/// <summary>The values of quoted texts: escapes are read, unless the text is raw.</summary>
internal static class StringLiterals
{
    /// <summary>The value of a string. An escape that means nothing throws <see cref="SyntaxException"/>.</summary>
    /// <param name="inner">What stands between the quotes.</param>
    /// <param name="offset">Where it begins in the expression.</param>
    public static string Read(ReadOnlySpan<char> inner, bool raw, int offset)
    {
        if (raw || !inner.Contains('\\')) return inner.ToString().Replace("\r\n", "\n", StringComparison.Ordinal);
        var read = new StringBuilder(inner.Length);
        for (var at = 0; at < inner.Length;)
        {
            if (inner[at] != '\\')
            {
                if (inner[at] != '\r' || at + 1 == inner.Length || inner[at + 1] != '\n') read.Append(inner[at]);
                at++;
                continue;
            }
            var (code, length, _) = Escape(inner[at..], offset + at);
            if (!Rune.IsValid(code)) throw new SyntaxException(offset + at, $"invalid unicode code point: {code:x}");
            read.Append(new Rune(code).ToString());
            at += length;
        }
        return read.ToString();
    }

    /// <summary>The value of bytes: text is UTF-8, and an octal or hexadecimal escape is one byte.</summary>
    public static byte[] ReadBytes(ReadOnlySpan<char> inner, bool raw, int offset)
    {
        using var read = new MemoryStream(inner.Length);
        for (var at = 0; at < inner.Length;)
        {
            if (raw || inner[at] != '\\')
            {
                Rune.DecodeFromUtf16(inner[at..], out var rune, out var taken);
                Write(read, rune);
                at += taken;
                continue;
            }
            var (code, length, unicode) = Escape(inner[at..], offset + at);
            if (unicode) throw new SyntaxException(offset + at, "unable to unescape string: \\u and \\U are not allowed in bytes");
            read.WriteByte((byte)code);
            at += length;
        }
        return read.ToArray();
    }

    private static void Write(MemoryStream read, Rune rune)
    {
        Span<byte> utf8 = stackalloc byte[4];
        read.Write(utf8[..rune.EncodeToUtf8(utf8)]);
    }

    private static (int Code, int Length, bool Unicode) Escape(ReadOnlySpan<char> text, int offset)
    {
        var kind = text.Length > 1 ? text[1] : '\0';
        switch (kind)
        {
            case 'a': return (7, 2, false);
            case 'b': return (8, 2, false);
            case 'f': return (12, 2, false);
            case 'n': return (10, 2, false);
            case 'r': return (13, 2, false);
            case 't': return (9, 2, false);
            case 'v': return (11, 2, false);
            case '\\' or '\'' or '"' or '`' or '?': return (kind, 2, false);
            case 'x' or 'X': return Hex(text, 2, false, offset);
            case 'u': return Hex(text, 4, true, offset);
            case 'U': return Hex(text, 8, true, offset);
            case >= '0' and <= '3' when text.Length > 3 && IsOctal(text[2]) && IsOctal(text[3]):
                return ((kind - '0') * 64 + (text[2] - '0') * 8 + text[3] - '0', 4, false);
            default: throw Unreadable(offset);
        }
    }

    private static (int Code, int Length, bool Unicode) Hex(ReadOnlySpan<char> text, int digits, bool unicode, int offset)
    {
        if (text.Length < 2 + digits || !int.TryParse(text.Slice(2, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code))
        {
            throw Unreadable(offset);
        }
        return (code, 2 + digits, unicode);
    }

    private static bool IsOctal(char c) => c is >= '0' and <= '7';

    private static SyntaxException Unreadable(int offset) => new(offset, "Syntax error: token recognition error at an escape that means nothing");
}
