using System.Collections.Frozen;

namespace ControlPlane.Expressions.Types;

/// <summary>
/// How expressions write property names that are no CEL identifiers, by Kubernetes' rules: <c>foo.bar</c> is <c>foo__dot__bar</c>, and reserved
/// words stand between two underscores. Names with other characters can't be written at all.
/// </summary>
public static class FieldNames
{
    private static readonly FrozenSet<string> Reserved = new[]
    {
        "true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package",
        "namespace", "return", "var", "void", "while",
    }.ToFrozenSet();

    private static readonly (string Text, string Escape)[] Escapes = [("__", "__underscores__"), (".", "__dot__"), ("-", "__dash__"), ("/", "__slash__")];

    /// <summary>The name an expression uses for a property; null if it can't name it.</summary>
    public static string? Escape(string name)
    {
        if (name.Length == 0 || char.IsAsciiDigit(name[0])) return null;
        if (Reserved.Contains(name)) return $"__{name}__";
        var escaped = new System.Text.StringBuilder(name.Length);
        for (var at = 0; at < name.Length;)
        {
            var rest = name.AsSpan(at);
            var found = Array.FindIndex(Escapes, escape => name.AsSpan(at).StartsWith(escape.Text, StringComparison.Ordinal));
            if (found >= 0)
            {
                escaped.Append(Escapes[found].Escape);
                at += Escapes[found].Text.Length;
                continue;
            }
            if (!char.IsAsciiLetterOrDigit(rest[0]) && rest[0] != '_') return null;
            escaped.Append(rest[0]);
            at++;
        }
        return escaped.ToString();
    }
}
