using System.Globalization;
using System.Text;

namespace ControlPlane.Expressions.Libraries.Extensions;

/// <summary>Escapes and classes of characters.</summary>
internal sealed partial class Re2Translator
{
    private const string Digits = "0-9";
    private const string Spaces = "\\t\\n\\f\\r ";
    private const string Words = "0-9A-Za-z_";
    private const string NoDigits = "\\u0000-/:-\\uFFFF";
    private const string NoSpaces = "\\u0000-\\u0008\\u000B\\u000E-\\u001F!-\\uFFFF";
    private const string NoWords = "\\u0000-/:-@\\[-\\^`\\{-\\uFFFF";

    private void Class()
    {
        Copy();
        if (StartsWith("^")) Copy();
        var first = true;
        for (; _at < _pattern.Length; first = false)
        {
            if (_pattern[_at] == ']' && !first)
            {
                Copy();
                return;
            }
            if (StartsWith("[:"))
            {
                Named();
                continue;
            }
            switch (_pattern[_at])
            {
                case '\\': Escape(inClass: true); break;
                // A bracket within brackets would take characters away.
                case '[' or ']' or '^':
                    _written.Append('\\');
                    Copy();
                    break;
                default: Copy(); break;
            }
        }
        throw new FormatException("missing closing ]");
    }

    private void Named()
    {
        var end = _pattern.IndexOf(":]", _at, StringComparison.Ordinal);
        var name = end < 0 ? "" : _pattern[(_at + 2)..end];
        _written.Append(name switch
        {
            "alnum" => "0-9A-Za-z",
            "alpha" => "A-Za-z",
            "ascii" => "\\u0000-\\u007F",
            "blank" => "\\t ",
            "cntrl" => "\\u0000-\\u001F\\u007F",
            "digit" => Digits,
            "graph" => "!-~",
            "lower" => "a-z",
            "print" => " -~",
            "punct" => "!-/:-@\\[-`\\{-~",
            "space" => "\\t\\n\\v\\f\\r ",
            "upper" => "A-Z",
            "word" => Words,
            "xdigit" => "0-9A-Fa-f",
            "^alnum" => "\\u0000-/:-@\\[-`\\{-\\uFFFF",
            "^alpha" => "\\u0000-@\\[-`\\{-\\uFFFF",
            "^digit" => NoDigits,
            "^lower" => "\\u0000-`\\{-\\uFFFF",
            "^upper" => "\\u0000-@\\[-\\uFFFF",
            "^space" => "\\u0000-\\u0008\\u000E-\\u001F!-\\uFFFF",
            "^word" => NoWords,
            _ => throw new FormatException($"invalid character class range: '[:{name}:]'"),
        });
        _at = end + 2;
    }

    private void Escape(bool inClass)
    {
        if (_at + 1 >= _pattern.Length) throw new FormatException("trailing backslash at end of expression");
        var kind = _pattern[_at + 1];
        _at += 2;
        switch (kind)
        {
            case 'd': Append(Digits, inClass); return;
            case 'D': Append(NoDigits, inClass); return;
            case 's': Append(Spaces, inClass); return;
            case 'S': Append(NoSpaces, inClass); return;
            case 'w': Append(Words, inClass); return;
            case 'W': Append(NoWords, inClass); return;
            case 'p' or 'P': Property(kind == 'P'); return;
            case 'x': Code(Hex()); return;
            case 'Q': Quoted(); return;
            case 'A' or 'z' or 'b' or 'B' when !inClass: _written.Append('\\').Append(kind); return;
            case 'a' or 'f' or 't' or 'n' or 'r' or 'v': _written.Append('\\').Append(kind); return;
            case '0': Code(0); return;
            default:
                if (char.IsAsciiLetterOrDigit(kind)) throw new FormatException($"invalid escape sequence: `\\{kind}`");
                Code(kind);
                return;
        }
    }

    private void Append(string characters, bool inClass) => _written.Append(inClass ? characters : $"[{characters}]");

    private int Hex()
    {
        var start = _at;
        if (StartsWith("{"))
        {
            var end = _pattern.IndexOf('}', _at);
            start = _at + 1;
            _at = end < 0 ? _pattern.Length : end + 1;
            return end > start && end - start <= 6 ? Read(_pattern.AsSpan(start, end - start)) : throw new FormatException("invalid escape sequence");
        }
        _at = Math.Min(_pattern.Length, start + 2);
        return Read(_pattern.AsSpan(start, _at - start));

        static int Read(ReadOnlySpan<char> digits) =>
            digits.Length > 0 && int.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
                ? code
                : throw new FormatException("invalid escape sequence");
    }

    private void Code(int code)
    {
        if (!Rune.IsValid(code)) throw new FormatException("invalid escape sequence");
        Span<char> units = stackalloc char[2];
        var length = new Rune(code).EncodeToUtf16(units);
        foreach (var unit in units[..length]) _written.Append(CultureInfo.InvariantCulture, $"\\u{(int)unit:X4}");
    }

    private void Quoted()
    {
        var end = _pattern.IndexOf("\\E", _at, StringComparison.Ordinal);
        var text = end < 0 ? _pattern[_at..] : _pattern[_at..end];
        foreach (var c in text) Code(char.IsSurrogate(c) ? throw new FormatException("invalid escape sequence") : c);
        _at = end < 0 ? _pattern.Length : end + 2;
    }

    private void Property(bool negative)
    {
        string name;
        if (StartsWith("{"))
        {
            var end = _pattern.IndexOf('}', _at);
            name = end < 0 ? "" : _pattern[(_at + 1)..end];
            _at = end < 0 ? _pattern.Length : end + 1;
        }
        else
        {
            name = _at < _pattern.Length ? _pattern.Substring(_at, 1) : "";
            _at++;
        }
        if (name.StartsWith('^')) (negative, name) = (!negative, name[1..]);
        if (name.Length == 0 || name.Any(c => !char.IsAsciiLetter(c))) throw new FormatException("invalid character class range");
        _written.Append(negative ? "\\P{" : "\\p{").Append(name switch
        {
            "Greek" => "IsGreek",
            "Cyrillic" => "IsCyrillic",
            "Hebrew" => "IsHebrew",
            "Arabic" => "IsArabic",
            "Thai" => "IsThai",
            "Hiragana" => "IsHiragana",
            "Katakana" => "IsKatakana",
            "Han" => "IsCJKUnifiedIdeographs",
            _ => name,
        }).Append('}');
    }
}
