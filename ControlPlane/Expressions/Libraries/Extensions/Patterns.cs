using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace ControlPlane.Expressions.Libraries.Extensions;

/// <summary>Patterns in RE2's syntax, matched in linear time. The ones used lately are kept.</summary>
internal static class Patterns
{
    /// <summary>Patterns kept; when more are used, all are forgotten and made again.</summary>
    private const int MostKept = 512;

    private const int LongestPattern = 4096;

    /// <summary>Linear in the text, a match may still take a large pattern's size at each character: what takes longer than this is over budget.</summary>
    private static readonly TimeSpan LongestMatch = TimeSpan.FromSeconds(1);

    private static readonly ConcurrentDictionary<string, Regex> Kept = new(StringComparer.Ordinal);

    /// <summary>Gives a pattern's matcher; otherwise says what is wrong with it.</summary>
    public static string? Find(string pattern, out Regex? found)
    {
        if (Kept.TryGetValue(pattern, out found)) return null;
        if (pattern.Length > LongestPattern) return "error parsing regexp: expression too large";
        try
        {
            found = new(Re2Translator.Translate(pattern), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, LongestMatch);
        }
        catch (Exception wrong) when (wrong is RegexParseException or NotSupportedException or FormatException)
        {
            return $"error parsing regexp: {wrong.Message}";
        }
        if (Kept.Count >= MostKept) Kept.Clear();
        Kept[pattern] = found;
        return null;
    }
}
