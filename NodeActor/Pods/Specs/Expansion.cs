using System.Text;

namespace NodeActor.Pods.Specs;

/// <summary>
/// Kubernetes' <c>$(NAME)</c> expansion: a known name is replaced, an unknown one is left as it is, and <c>$$</c> is a dollar sign, so that
/// <c>$$(NAME)</c> is never expanded.
/// </summary>
internal static class Expansion
{
    public static string Expand(string text, IReadOnlyDictionary<string, string> values)
    {
        if (!text.Contains('$', StringComparison.Ordinal)) return text;
        var result = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] != '$' || at + 1 == text.Length)
            {
                result.Append(text[at]);
                continue;
            }
            var close = text[at + 1] == '(' ? text.IndexOf(')', at + 2) : -1;
            if (text[at + 1] == '$')
            {
                result.Append('$');
                at++;
            }
            else if (close < 0)
            {
                result.Append('$');
            }
            else
            {
                var name = text[(at + 2)..close];
                result.Append(values.TryGetValue(name, out var value) ? value : text[at..(close + 1)]);
                at = close;
            }
        }
        return result.ToString();
    }
}
