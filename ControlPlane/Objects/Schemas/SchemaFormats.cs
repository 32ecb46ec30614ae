using System.Collections.Frozen;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace ControlPlane.Objects.Schemas;

/// <summary>The formats of texts that are held to what they say. Others only describe. Dates and bytes are types of their own.</summary>
internal static partial class SchemaFormats
{
    private static readonly FrozenDictionary<string, Func<string, bool>> Known = new Dictionary<string, Func<string, bool>>
    {
        ["ipv4"] = text => Address(text, AddressFamily.InterNetwork),
        ["ipv6"] = text => Address(text, AddressFamily.InterNetworkV6),
        ["cidr"] = text => IPNetwork.TryParse(text, out _) || IsHostInNetwork(text),
        ["mac"] = text => Mac().IsMatch(text),
        ["uuid"] = text => Uuid().IsMatch(text),
        ["date"] = text => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
        ["duration"] = text => Duration().IsMatch(text),
        ["uri"] = text => Uri.TryCreate(text, UriKind.Absolute, out _) || text.StartsWith('/'),
        ["hostname"] = text => text.Length <= 253 && Hostname().IsMatch(text),
        ["email"] = text => System.Net.Mail.MailAddress.TryCreate(text, out var address) && address.Address == text,
    }.ToFrozenDictionary();

    /// <summary>Whether texts of a format are checked.</summary>
    public static bool IsChecked(string format) => Known.ContainsKey(format);

    /// <summary>Whether a text keeps its format; true for a format that is not checked.</summary>
    public static bool Fits(string text, string format) => !Known.TryGetValue(format, out var fits) || fits(text);

    private static bool Address(string text, AddressFamily family) =>
        IPAddress.TryParse(text, out var address) && address.AddressFamily == family && (family == AddressFamily.InterNetworkV6 ? !text.Contains('%') : text.Count(c => c == '.') == 3);

    /// <summary>An address with the length of its network, which need not be the network's own.</summary>
    private static bool IsHostInNetwork(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0 || !IPAddress.TryParse(text.AsSpan(0, slash), out var address)) return false;
        return int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            && length <= (address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128);
    }

    [GeneratedRegex("^(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}$")]
    private static partial Regex Mac();

    [GeneratedRegex("^(?i)[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$")]
    private static partial Regex Uuid();

    [GeneratedRegex("^[+-]?(?:[0-9]+(?:\\.[0-9]*)?(?:ns|us|µs|ms|s|m|h))+$|^0$")]
    private static partial Regex Duration();

    [GeneratedRegex("^[A-Za-z0-9](?:[-A-Za-z0-9]{0,61}[A-Za-z0-9])?(?:\\.[A-Za-z0-9](?:[-A-Za-z0-9]{0,61}[A-Za-z0-9])?)*$")]
    private static partial Regex Hostname();
}
