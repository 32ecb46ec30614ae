using System.Collections.Immutable;

namespace ControlPlane.Expressions.Syntax;

/// <summary>Cuts an expression into tokens.</summary>
internal sealed class Lexer(string text)
{
    private static readonly string[] Signs =
        ["==", "!=", "<=", ">=", "&&", "||", "[", "]", "{", "}", "(", ")", "<", ">", ".", ",", "-", "!", "?", ":", "+", "*", "/", "%"];

    private int _at;

    /// <summary>All tokens, the last one being the end; throws <see cref="SyntaxException"/>.</summary>
    public static ImmutableArray<Token> Read(string text)
    {
        var (lexer, tokens) = (new Lexer(text), ImmutableArray.CreateBuilder<Token>());
        do tokens.Add(lexer.Next());
        while (tokens[^1].Kind != TokenKind.End);
        return tokens.DrainToImmutable();
    }

    private char Current => Peek(0);

    private char Peek(int ahead) => _at + ahead < text.Length ? text[_at + ahead] : '\0';

    private Token Next()
    {
        SkipBlanks();
        if (_at >= text.Length) return new(TokenKind.End, text.Length, "");
        var start = _at;
        if (char.IsAsciiDigit(Current) || Current == '.' && char.IsAsciiDigit(Peek(1))) return Number(start);
        if (IsStringStart()) return Quoted(start);
        if (char.IsAsciiLetter(Current) || Current == '_')
        {
            while (char.IsAsciiLetterOrDigit(Current) || Current == '_') _at++;
            return new(TokenKind.Name, start, text[start.._at]);
        }
        if (Current == '`') return QuotedName(start);
        foreach (var sign in Signs)
        {
            if (!text.AsSpan(_at).StartsWith(sign, StringComparison.Ordinal)) continue;
            _at += sign.Length;
            return new(TokenKind.Sign, start, sign);
        }
        throw new SyntaxException(start, $"Syntax error: token recognition error at: '{Rune(start)}'");
    }

    private void SkipBlanks()
    {
        while (_at < text.Length)
        {
            if (Current is ' ' or '\t' or '\n' or '\r' or '\f')
            {
                _at++;
            }
            else if (Current == '/' && Peek(1) == '/')
            {
                while (_at < text.Length && Current != '\n') _at++;
            }
            else
            {
                return;
            }
        }
    }

    private Token Number(int start)
    {
        if (Current == '0' && Peek(1) is 'x' or 'X')
        {
            if (Current == '0' && char.IsAsciiHexDigit(Peek(2)))
            {
                _at += 2;
                while (char.IsAsciiHexDigit(Current)) _at++;
                return Whole(start);
            }
        }
        while (char.IsAsciiDigit(Current)) _at++;
        var isDouble = false;
        if (Current == '.' && char.IsAsciiDigit(Peek(1)))
        {
            isDouble = true;
            _at++;
            while (char.IsAsciiDigit(Current)) _at++;
        }
        if (Current is 'e' or 'E' && (char.IsAsciiDigit(Peek(1)) || Peek(1) is '+' or '-' && char.IsAsciiDigit(Peek(2))))
        {
            isDouble = true;
            _at += 2;
            while (char.IsAsciiDigit(Current)) _at++;
        }
        return isDouble ? new(TokenKind.Double, start, text[start.._at]) : Whole(start);
    }

    private Token Whole(int start)
    {
        var digits = text[start.._at];
        if (Current is not ('u' or 'U')) return new(TokenKind.Int, start, digits);
        _at++;
        return new(TokenKind.Uint, start, digits);
    }

    private bool IsStringStart()
    {
        var ahead = 0;
        while (ahead < 2 && Peek(ahead) is 'r' or 'R' or 'b' or 'B') ahead++;
        return Peek(ahead) is '"' or '\'' && !(ahead == 2 && char.ToLowerInvariant(Peek(0)) == char.ToLowerInvariant(Peek(1)));
    }

    private Token Quoted(int start)
    {
        var (raw, bytes) = (false, false);
        for (; Current is not ('"' or '\''); _at++)
        {
            if (Current is 'r' or 'R') raw = true;
            else bytes = true;
        }
        var quote = Current;
        var tripled = Peek(1) == quote && Peek(2) == quote;
        var width = tripled ? 3 : 1;
        _at += width;
        var from = _at;
        while (!AtQuote(quote, width))
        {
            if (_at >= text.Length || !tripled && Current is '\n' or '\r')
            {
                throw new SyntaxException(start, $"Syntax error: token recognition error at: '{Shown(start)}'");
            }
            // Even a raw string can't end in an escaped quote of its own; only an unraw one gives the escape a meaning.
            _at += Current == '\\' && !raw && _at + 1 < text.Length ? 2 : 1;
        }
        var inner = text.AsSpan(from, _at - from);
        _at += width;
        return bytes ? new(TokenKind.Bytes, start, "", StringLiterals.ReadBytes(inner, raw, from)) : new(TokenKind.String, start, StringLiterals.Read(inner, raw, from));
    }

    private bool AtQuote(char quote, int width) => Current == quote && (width == 1 || Peek(1) == quote && Peek(2) == quote);

    private Token QuotedName(int start)
    {
        var end = text.IndexOf('`', start + 1);
        var name = end < 0 ? "" : text[(start + 1)..end];
        if (name.Length == 0 || name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('_' or '.' or '-' or '/' or ' ')))
        {
            throw new SyntaxException(start, "Syntax error: token recognition error at: '`'");
        }
        _at = end + 1;
        return new(TokenKind.QuotedName, start, name);
    }

    private string Rune(int at) => char.IsHighSurrogate(text[at]) && at + 1 < text.Length ? text.Substring(at, 2) : text.Substring(at, 1);

    /// <summary>The rest of a line from a place on, bounded.</summary>
    private string Shown(int start)
    {
        var end = text.AsSpan(start).IndexOfAny('\n', '\r');
        return text.Substring(start, Math.Min(40, end < 0 ? text.Length - start : end));
    }
}
