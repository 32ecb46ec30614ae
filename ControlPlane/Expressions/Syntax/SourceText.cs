using System.Text;

namespace ControlPlane.Expressions.Syntax;

/// <summary>An expression's text: tells lines and columns, and shows a place to people.</summary>
internal sealed class SourceText(string text)
{
    public string Text { get; } = text;

    /// <summary>An error at an offset in UTF-16 units.</summary>
    public CelError Error(int offset, string message)
    {
        var at = Math.Clamp(offset, 0, Text.Length);
        var start = at == 0 ? 0 : Text.LastIndexOf('\n', at - 1) + 1;
        var end = Text.IndexOf('\n', start);
        var line = Text.AsSpan(start, (end < 0 ? Text.Length : end) - start).TrimEnd('\r');
        var number = 1 + Text.AsSpan(0, start).Count('\n');
        var column = 0;
        foreach (var _ in Text.AsSpan(start, at - start).EnumerateRunes()) column++;
        return new(number, column + 1, message) { Snippet = Snippet(line, column) };
    }

    private static string Snippet(ReadOnlySpan<char> line, int column)
    {
        var shown = new StringBuilder("\n | ").Append(line).Replace('\t', ' ').Append("\n | ").Append('.', column).Append('^');
        return shown.ToString();
    }
}
