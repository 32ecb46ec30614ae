using System.Globalization;

namespace ControlPlane.Expressions.Syntax;

/// <summary>The values of literal tokens.</summary>
internal static class Literals
{
    /// <summary>The literal of a token; a number that does not fit throws <see cref="SyntaxException"/>.</summary>
    public static LiteralExpr Read(Token token, bool negative, int? position = null) => new(position ?? token.Start, token.Kind switch
    {
        TokenKind.Int => Int(token, negative),
        TokenKind.Uint => Uint(token),
        TokenKind.Double => Double(token, negative),
        TokenKind.Bytes => CelValue.Of(token.Data!),
        _ => CelValue.Of(token.Text),
    });

    private static CelValue Int(Token token, bool negative)
    {
        var most = (ulong)long.MaxValue + (negative ? 1UL : 0UL);
        if (!TryMagnitude(token.Text, out var magnitude) || magnitude > most) throw new SyntaxException(token.Start, "invalid int literal");
        return CelValue.Of(negative ? unchecked(-(long)magnitude) : (long)magnitude);
    }

    private static CelValue Uint(Token token) =>
        TryMagnitude(token.Text, out var magnitude) ? CelValue.Of(magnitude) : throw new SyntaxException(token.Start, "invalid uint literal");

    private static CelValue Double(Token token, bool negative)
    {
        var number = double.Parse(token.Text, NumberStyles.Float, CultureInfo.InvariantCulture);
        if (double.IsInfinity(number)) throw new SyntaxException(token.Start, "invalid double literal");
        return CelValue.Of(negative ? -number : number);
    }

    private static bool TryMagnitude(string text, out ulong magnitude) =>
        text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out magnitude)
            : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out magnitude);
}
