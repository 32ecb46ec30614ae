using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using ControlPlane.Objects.Validation;

namespace ControlPlane.Objects.Selectors;

/// <summary>Reads the query syntax of label selectors, token by token. Its sentences are those of Kubernetes' parser.</summary>
internal ref struct LabelSelectorParser
{
    private const string Binary = "in, notin, =, ==, !=, gt, lt";
    private readonly ReadOnlySpan<char> _text;
    private int _at;

    private LabelSelectorParser(ReadOnlySpan<char> text) => _text = text;

    private enum Token { End, Identifier, Comma, Not, Equal, DoubleEqual, NotEqual, Open, Close, Greater, Less }

    /// <summary>The terms of a query; null, and the fault, of one that cannot be read.</summary>
    public static ImmutableArray<LabelRequirement>? Parse(string query, out string fault)
    {
        var parser = new LabelSelectorParser(query);
        var terms = ImmutableArray.CreateBuilder<LabelRequirement>();
        fault = parser.ReadTerms(terms);
        return fault.Length == 0 ? terms.DrainToImmutable() : null;
    }

    private string ReadTerms(ImmutableArray<LabelRequirement>.Builder terms)
    {
        var (token, literal) = Peek();
        while (token != Token.End)
        {
            if (token is not (Token.Identifier or Token.Not)) return $"found '{literal}', expected: !, identifier, or 'end of string'";
            var fault = ReadTerm(out var term);
            if (fault.Length > 0) return $"unable to parse requirement: {fault}";
            terms.Add(term!);
            (token, literal) = Next();
            if (token == Token.End) break;
            if (token != Token.Comma) return $"found '{literal}', expected: ',' or 'end of string'";
            (token, literal) = Peek();
            if (token is not (Token.Identifier or Token.Not)) return $"found '{literal}', expected: identifier after ','";
        }
        return "";
    }

    private string ReadTerm(out LabelRequirement? term)
    {
        term = null;
        var (token, key) = Next();
        var absent = token == Token.Not;
        if (absent) (token, key) = Next();
        if (token != Token.Identifier) return $"found '{key}', expected: identifier";
        if (LabelSyntax.QualifiedName(key) is { } badKey) return Invalid("<nil>", key, badKey);
        if (absent || Peek().Token is Token.End or Token.Comma)
        {
            term = new(key, absent ? LabelOperator.DoesNotExist : LabelOperator.Exists, []);
            return "";
        }
        return ReadComparison(key, out term);
    }

    private string ReadComparison(string key, out LabelRequirement? term)
    {
        term = null;
        var (token, literal) = Next();
        LabelOperator? found = (token, literal) switch
        {
            (Token.Identifier, "in") or (Token.Equal or Token.DoubleEqual, _) => LabelOperator.In,
            (Token.Identifier, "notin") or (Token.NotEqual, _) => LabelOperator.NotIn,
            (Token.Greater, _) => LabelOperator.GreaterThan,
            (Token.Less, _) => LabelOperator.LessThan,
            _ => null,
        };
        if (found is not { } comparison) return $"found '{literal}', expected: {Binary}";
        var values = new SortedSet<string>(StringComparer.Ordinal);
        var fault = token == Token.Identifier ? ReadSet(values) : ReadValue(values);
        if (fault.Length > 0) return fault;
        if (values.Count == 0) return "values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty";
        if (comparison is LabelOperator.GreaterThan or LabelOperator.LessThan && !long.TryParse(values.Min, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _))
        {
            return Invalid("values[0]", values.Min!, "for 'Gt', 'Lt' operators, the value must be an integer");
        }
        var index = 0;
        foreach (var value in values)
        {
            if (LabelSyntax.Value(value) is { } badValue) return Invalid($"values[{index}][{key}]", value, badValue);
            index++;
        }
        term = new(key, comparison, [.. values]);
        return "";
    }

    private string ReadValue(SortedSet<string> values)
    {
        if (Peek().Token is Token.End or Token.Comma)
        {
            values.Add("");
            return "";
        }
        var (token, literal) = Next();
        if (token != Token.Identifier) return $"found '{literal}', expected: identifier";
        values.Add(literal);
        return "";
    }

    /// <summary>A list in parentheses; a place left empty between commas is the empty value.</summary>
    private string ReadSet(SortedSet<string> values)
    {
        var (token, literal) = Next();
        if (token != Token.Open) return $"found '{literal}' expected: '('";
        if (Peek().Token == Token.Close)
        {
            Next();
            return "";
        }
        while (true)
        {
            (token, literal) = Peek();
            if (token == Token.Identifier)
            {
                Next();
                values.Add(literal);
            }
            else if (token is Token.Comma or Token.Close) values.Add("");
            else return $"found '{literal}', expected: ',', ')' or identifier";
            (token, literal) = Next();
            if (token == Token.Close) return "";
            if (token != Token.Comma) return $"found '{literal}', expected: ',' or ')'";
        }
    }

    private readonly (Token Token, string Literal) Peek()
    {
        var ahead = this;
        return ahead.Next();
    }

    private (Token Token, string Literal) Next()
    {
        while (_at < _text.Length && _text[_at] is ' ' or '\t' or '\r' or '\n') _at++;
        if (_at >= _text.Length) return (Token.End, "");
        var two = _text.Slice(_at, Math.Min(2, _text.Length - _at));
        if (two is "==") return Take(Token.DoubleEqual, 2);
        if (two is "!=") return Take(Token.NotEqual, 2);
        return _text[_at] switch
        {
            ',' => Take(Token.Comma, 1),
            '!' => Take(Token.Not, 1),
            '=' => Take(Token.Equal, 1),
            '(' => Take(Token.Open, 1),
            ')' => Take(Token.Close, 1),
            '>' => Take(Token.Greater, 1),
            '<' => Take(Token.Less, 1),
            _ => Take(Token.Identifier, IdentifierLength()),
        };
    }

    private readonly int IdentifierLength()
    {
        var length = _text[_at..].IndexOfAny("=!(),<> \t\r\n");
        return length < 0 ? _text.Length - _at : length;
    }

    private (Token Token, string Literal) Take(Token token, int length)
    {
        var literal = _text.Slice(_at, length).ToString();
        _at += length;
        return (token, literal);
    }

    private static string Invalid(string path, string value, string detail) => $"{path}: Invalid value: {JsonSerializer.Serialize(value)}: {detail}";
}
