namespace ControlPlane.Expressions.Syntax;

internal enum TokenKind
{
    End,

    /// <summary>A name; <c>true</c>, <c>false</c>, <c>null</c> and <c>in</c> too.</summary>
    Name,

    /// <summary>A name between backticks, without them.</summary>
    QuotedName,
    Int,
    Uint,
    Double,
    String,
    Bytes,

    /// <summary>An operator or a bracket.</summary>
    Sign,
}

/// <summary>A piece of an expression's text.</summary>
/// <param name="Start">Its offset in UTF-16 units.</param>
/// <param name="Text">A name, a sign, or the digits of a number; the value of a string.</param>
/// <param name="Data">The value of bytes.</param>
internal readonly record struct Token(TokenKind Kind, int Start, string Text, byte[]? Data = null)
{
    public bool Is(string sign) => Kind == TokenKind.Sign && Text == sign;

    /// <summary>The token as a message names it.</summary>
    public string Shown => Kind == TokenKind.End ? "<EOF>" : Text;
}

/// <summary>A text that is no expression. Caught where parsing begins.</summary>
internal sealed class SyntaxException(int offset, string message) : Exception(message)
{
    public int Offset { get; } = offset;
}
