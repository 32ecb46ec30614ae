using System.Collections.Frozen;
using System.Collections.Immutable;

namespace ControlPlane.Expressions.Syntax;

/// <summary>Reads CEL's grammar, and expands macros. Bounded in depth: no text makes it run out of stack.</summary>
internal sealed partial class Parser
{
    /// <summary>No expression is longer, in UTF-16 units.</summary>
    public const int LongestText = 64 * 1024;

    /// <summary>Brackets, operators and conditions within each other.</summary>
    private const int DeepestNesting = 250;

    private static readonly FrozenSet<string> Reserved = new[]
    {
        "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package", "namespace", "return", "var", "void", "while",
    }.ToFrozenSet();

    private readonly ImmutableArray<Token> _tokens;
    private int _at;
    private int _nesting;

    private Parser(ImmutableArray<Token> tokens) => _tokens = tokens;

    /// <summary>The tree of a text, or what is wrong with it.</summary>
    public static (Expr? Tree, CelError? Error) Parse(SourceText source)
    {
        if (source.Text.Length > LongestText)
        {
            return (null, source.Error(0, $"expression code point size exceeds limit: size: {source.Text.Length}, limit {LongestText}"));
        }
        try
        {
            var parser = new Parser(Lexer.Read(source.Text));
            var tree = parser.Expression();
            return parser.Current.Kind == TokenKind.End ? (tree, null) : throw parser.Unexpected("<EOF>");
        }
        catch (SyntaxException wrong)
        {
            return (null, source.Error(wrong.Offset, wrong.Message));
        }
    }

    private Token Current => _tokens[_at];

    private Expr Expression()
    {
        if (++_nesting > DeepestNesting) throw new SyntaxException(Current.Start, $"expression recursion limit exceeded: {DeepestNesting}");
        var condition = Binary(1);
        if (Current.Is("?"))
        {
            var position = Take().Start;
            var then = Binary(1);
            Expect(":");
            condition = new ConditionalExpr(position, condition, then, Expression());
        }
        _nesting--;
        return condition;
    }

    /// <summary>Operators that bind at least as tightly as asked.</summary>
    private Expr Binary(int weakest)
    {
        var left = Unary();
        while (true)
        {
            var (strength, function) = Operators.Binary(Current);
            if (strength == 0 || strength < weakest) return left;
            var position = Take().Start;
            var right = Binary(strength + 1);
            left = strength > 2 ? new CallExpr(position, function, null, [left, right]) : Logic(position, strength == 2, left, right);
        }
    }

    private static LogicExpr Logic(int position, bool isAnd, Expr left, Expr right) =>
        left is LogicExpr before && before.IsAnd == isAnd
            ? new([.. before.Positions, position], isAnd, [.. before.Terms, right])
            : new([position], isAnd, [left, right]);

    private Expr Unary()
    {
        if (!Current.Is("!") && !Current.Is("-")) return Member();
        var signs = new Stack<Token>();
        while (Current.Is("!") || Current.Is("-"))
        {
            if (Current.Is("-") && _tokens[_at + 1].Kind is TokenKind.Int or TokenKind.Double) break;
            if (signs.Count > 0 && signs.Peek().Text != Current.Text) throw Unexpected("an operand");
            signs.Push(Take());
        }
        var operand = Member();
        // Two of a sign undo each other, as cel-go reads them: of -- and !! nothing is left.
        for (var count = signs.Count % 2; count > 0; count--)
        {
            var sign = signs.Last();
            operand = new CallExpr(sign.Start, sign.Text == "!" ? Operators.Not : Operators.Negate, null, [operand]);
        }
        return operand;
    }

    private Expr Member()
    {
        var left = Primary();
        while (true)
        {
            if (Current.Is("."))
            {
                left = Selected(left);
            }
            else if (Current.Is("["))
            {
                var position = Take().Start;
                var optional = TakeIf("?");
                var index = Expression();
                Expect("]");
                left = new CallExpr(position, optional ? Operators.OptionalIndex : Operators.Index, null, [left, index]);
            }
            else if (Current.Is("{") && QualifiedName(left) is { } name)
            {
                left = Message(name);
            }
            else
            {
                return left;
            }
        }
    }

    private Expr Selected(Expr operand)
    {
        var position = Take().Start;
        var optional = TakeIf("?");
        var name = Take();
        if (name.Kind is not (TokenKind.Name or TokenKind.QuotedName) || name is { Kind: TokenKind.Name, Text: "in" or "true" or "false" or "null" })
        {
            _at--;
            throw Unexpected("IDENTIFIER");
        }
        if (!Current.Is("(") || optional || name.Kind == TokenKind.QuotedName) return new SelectExpr(position, operand, name.Text, optional);
        var open = Take().Start;
        var arguments = Arguments(")");
        return Macro(open, name.Text, operand, arguments) ?? new CallExpr(open, name.Text, operand, arguments);
    }

    private Expr Primary()
    {
        var token = Current;
        switch (token.Kind)
        {
            case TokenKind.Int or TokenKind.Uint or TokenKind.Double or TokenKind.String or TokenKind.Bytes:
                _at++;
                return Literals.Read(token, negative: false);
            case TokenKind.Name:
                return Named();
        }
        switch (token.Text)
        {
            case "-" when token.Kind == TokenKind.Sign && _tokens[_at + 1].Kind is TokenKind.Int or TokenKind.Double:
                _at += 2;
                return Literals.Read(_tokens[_at - 1], negative: true, token.Start);
            case "(" when token.Kind == TokenKind.Sign:
                _at++;
                var inner = Expression();
                Expect(")");
                return inner;
            case "[" when token.Kind == TokenKind.Sign: return List();
            case "{" when token.Kind == TokenKind.Sign: return Map();
            case "." when token.Kind == TokenKind.Sign && _tokens[_at + 1].Kind == TokenKind.Name: return Named();
        }
        throw Unexpected("{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}");
    }

    private Expr Named()
    {
        var absolute = TakeIf(".");
        var name = Take();
        if (!absolute)
        {
            switch (name.Text)
            {
                case "true": return new LiteralExpr(name.Start, CelValue.True);
                case "false": return new LiteralExpr(name.Start, CelValue.False);
                case "null": return new LiteralExpr(name.Start, CelValue.Null);
            }
        }
        if (name.Text is "in" or "true" or "false" or "null")
        {
            _at--;
            throw Unexpected("IDENTIFIER");
        }
        if (Reserved.Contains(name.Text)) throw new SyntaxException(name.Start, $"reserved identifier: {name.Text}");
        if (!Current.Is("(")) return new NameExpr(name.Start, name.Text, absolute);
        var open = Take().Start;
        var arguments = Arguments(")");
        return Macro(open, name.Text, null, arguments) ?? new CallExpr(open, name.Text, null, arguments);
    }

    private ImmutableArray<Expr> Arguments(string close)
    {
        var arguments = ImmutableArray.CreateBuilder<Expr>();
        if (TakeIf(close)) return [];
        do arguments.Add(Expression());
        while (TakeIf(","));
        Expect(close);
        return arguments.DrainToImmutable();
    }

    private ListExpr List()
    {
        var position = Take().Start;
        var items = ImmutableArray.CreateBuilder<ListItem>();
        while (!Current.Is("]"))
        {
            var optional = TakeIf("?");
            items.Add(new(Expression(), optional));
            if (!TakeIf(",")) break;
        }
        Expect("]");
        return new(position, items.DrainToImmutable());
    }

    private MapExpr Map()
    {
        var position = Take().Start;
        var entries = ImmutableArray.CreateBuilder<MapEntry>();
        while (!Current.Is("}"))
        {
            var optional = TakeIf("?");
            var key = Expression();
            var colon = Current.Start;
            Expect(":");
            entries.Add(new(colon, key, Expression(), optional));
            if (!TakeIf(",")) break;
        }
        Expect("}");
        return new(position, entries.DrainToImmutable());
    }

    private MessageExpr Message(string name)
    {
        var position = Take().Start;
        var fields = ImmutableArray.CreateBuilder<MessageField>();
        while (!Current.Is("}"))
        {
            var optional = TakeIf("?");
            var field = Take();
            if (field.Kind is not (TokenKind.Name or TokenKind.QuotedName))
            {
                _at--;
                throw Unexpected("IDENTIFIER");
            }
            var colon = Current.Start;
            Expect(":");
            fields.Add(new(colon, field.Text, Expression(), optional));
            if (!TakeIf(",")) break;
        }
        Expect("}");
        return new(position, name, fields.DrainToImmutable());
    }

    /// <summary>A tree as a dotted name; null if it is more than that.</summary>
    public static string? QualifiedName(Expr tree) => tree switch
    {
        NameExpr name => name.Name,
        SelectExpr { IsOptional: false, IsTest: false } select when QualifiedName(select.Operand) is { } operand => $"{operand}.{select.Field}",
        _ => null,
    };

    private Token Take() => _tokens[Current.Kind == TokenKind.End ? _at : _at++];

    private bool TakeIf(string sign)
    {
        if (!Current.Is(sign)) return false;
        _at++;
        return true;
    }

    private void Expect(string sign)
    {
        if (!TakeIf(sign)) throw Unexpected($"'{sign}'");
    }

    private SyntaxException Unexpected(string expected) => new(Current.Start, $"Syntax error: mismatched input '{Current.Shown}' expecting {expected}");
}
