namespace ControlPlane.Expressions.Syntax;

/// <summary>The function names of operators, as messages show them.</summary>
internal static class Operators
{
    public const string Index = "_[_]";
    public const string OptionalIndex = "_[?_]";
    public const string Negate = "-_";
    public const string Not = "!_";
    public const string In = "@in";

    /// <summary>How tightly a binary operator binds, and its function; 0 if the token is none.</summary>
    public static (int Strength, string Function) Binary(Token token) => (token.Kind, token.Text) switch
    {
        (TokenKind.Sign, "||") => (1, "_||_"),
        (TokenKind.Sign, "&&") => (2, "_&&_"),
        (TokenKind.Sign, "<" or "<=" or ">" or ">=" or "==" or "!=") => (3, $"_{token.Text}_"),
        (TokenKind.Name, "in") => (3, In),
        (TokenKind.Sign, "+" or "-") => (4, $"_{token.Text}_"),
        (TokenKind.Sign, "*" or "/" or "%") => (5, $"_{token.Text}_"),
        _ => (0, ""),
    };
}
