using System.Globalization;
using System.Text;

namespace ControlPlane.Gateway;

/// <summary>
/// <c>Warning</c> headers as Kubernetes sends them (RFC 7234, code 299). Any text can be warned of: control characters are written as escapes, and what
/// all warnings of an answer may take together is bounded, since clients bound the headers they read.
/// </summary>
public static class WarningHeaders
{
    /// <summary>Characters all warnings of one answer may have before each is shortened.</summary>
    public const int MostInAll = 4096;

    /// <summary>What a warning is shortened to once there are many.</summary>
    public const int MostEach = 256;

    /// <summary>Adds a header for each warning, the same one once.</summary>
    public static void Add(HttpResponse response, IReadOnlyCollection<string> warnings)
    {
        if (warnings.Count == 0) return;
        var texts = warnings.Distinct(StringComparer.Ordinal).Select(Quoted).ToArray();
        if (texts.Sum(text => text.Length) > MostInAll) texts = [.. warnings.Distinct(StringComparer.Ordinal).Select(warning => Quoted(Shortened(warning)))];
        var left = MostInAll;
        foreach (var text in texts)
        {
            if ((left -= text.Length) < 0) return;
            response.Headers.Append("Warning", text);
        }
    }

    private static string Shortened(string warning) => warning.Length <= MostEach ? warning : warning[..MostEach];

    private static string Quoted(string warning)
    {
        var text = new StringBuilder("299 - \"", warning.Length + 16);
        foreach (var rune in warning.EnumerateRunes())
        {
            if (rune.Value is '"' or '\\') text.Append('\\').Append((char)rune.Value);
            else if (Rune.IsControl(rune)) text.Append(CultureInfo.InvariantCulture, $"\\\\u{rune.Value:x4}");
            else text.Append(rune);
        }
        return text.Append('"').ToString();
    }
}
