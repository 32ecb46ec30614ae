using System.Text;
using ControlPlane.Expressions.Values;

namespace ControlPlane.Expressions.Libraries.Networking;

/// <summary>A URL as Go reads one of a request: absolute, or an absolute path.</summary>
internal sealed class UrlValue : CelOpaque
{
    public const string Name = "kubernetes.URL";

    private readonly string _text;

    private UrlValue(string text) : base(Name) => _text = text;

    public string Scheme { get; private init; } = "";

    /// <summary>With its port.</summary>
    public string Host { get; private init; } = "";

    /// <summary>As it is written, with what may not stand there escaped.</summary>
    public string Path { get; private init; } = "";

    public string Query { get; private init; } = "";

    public string Hostname => Host.StartsWith('[') ? Host[1..Host.IndexOf(']', StringComparison.Ordinal)] : Host.Split(':')[0];

    public string Port => Host[(Host.LastIndexOf(']') + 1)..] is var rest && rest.LastIndexOf(':') is >= 0 and var colon ? rest[(colon + 1)..] : "";

    /// <summary>Null if the text is no URL.</summary>
    public static UrlValue? Read(string text)
    {
        if (text.Length == 0 || text.Any(char.IsControl)) return null;
        var rest = text;
        var scheme = "";
        if (!rest.StartsWith('/'))
        {
            var colon = rest.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0 || !char.IsAsciiLetter(rest[0]) || rest[..colon].Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('+' or '-' or '.'))) return null;
            (scheme, rest) = (rest[..colon].ToLowerInvariant(), rest[(colon + 1)..]);
        }
        var mark = rest.IndexOf('?', StringComparison.Ordinal);
        var query = mark < 0 ? "" : rest[(mark + 1)..];
        if (mark >= 0) rest = rest[..mark];
        var host = "";
        if (scheme.Length > 0 && rest.StartsWith("//", StringComparison.Ordinal))
        {
            var slash = rest.IndexOf('/', 2);
            host = slash < 0 ? rest[2..] : rest[2..slash];
            rest = slash < 0 ? "" : rest[slash..];
            host = host[(host.LastIndexOf('@') + 1)..];
            if (!IsHost(host)) return null;
        }
        // What has a scheme and no slash after it has no path of its own.
        if (rest.Length > 0 && !rest.StartsWith('/')) rest = "";
        return !IsEscaped(rest) ? null : new(text) { Scheme = scheme, Host = host, Path = Escape(rest), Query = query };
    }

    /// <summary>The values of each name in the query, in their order. What can't be read is left out.</summary>
    public EntryMap Parameters()
    {
        var values = new Dictionary<string, List<CelValue>>();
        var names = new List<string>();
        foreach (var pair in Query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            if (pair.Contains(';') || !IsEscaped(pair)) continue;
            var equal = pair.IndexOf('=', StringComparison.Ordinal);
            var name = Unescape(equal < 0 ? pair : pair[..equal]);
            if (!values.TryGetValue(name, out var list))
            {
                values[name] = list = [];
                names.Add(name);
            }
            list.Add(CelValue.Of(equal < 0 ? "" : Unescape(pair[(equal + 1)..])));
        }
        var map = new EntryMap();
        foreach (var name in names) map.TryAdd(CelValue.Of(name), CelValue.Of(new ArrayList([.. values[name]])));
        return map;
    }

    public override bool Equal(CelOpaque other) => other is UrlValue url && url._text == _text;

    public override string ToString() => _text;

    private static bool IsHost(string host)
    {
        if (host.Any(c => c is ' ' or '"' or '<' or '>' or '\\' or '^' or '`' or '{' or '|' or '}' or '#' or '%')) return false;
        var end = host.StartsWith('[') ? host.IndexOf(']', StringComparison.Ordinal) + 1 : host.IndexOf(':', StringComparison.Ordinal);
        if (host.StartsWith('[') && end == 0) return false;
        var port = end < 0 ? "" : host[end..];
        return port.Length == 0 || port[0] == ':' && port.AsSpan(1).IndexOfAnyExceptInRange('0', '9') < 0;
    }

    /// <summary>Whether every percent sign begins an escape.</summary>
    private static bool IsEscaped(string text)
    {
        for (var at = text.IndexOf('%', StringComparison.Ordinal); at >= 0; at = text.IndexOf('%', at + 1))
        {
            if (at + 2 >= text.Length || !char.IsAsciiHexDigit(text[at + 1]) || !char.IsAsciiHexDigit(text[at + 2])) return false;
        }
        return true;
    }

    private static string Escape(string path)
    {
        var escaped = new StringBuilder(path.Length);
        foreach (var value in Encoding.UTF8.GetBytes(path))
        {
            if (value < 128 && (char.IsAsciiLetterOrDigit((char)value) || "-_.~!$&'()*+,;=:@/%[]".Contains((char)value))) escaped.Append((char)value);
            else escaped.Append('%').Append(value.ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
        }
        return escaped.ToString();
    }

    private static string Unescape(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
}
