namespace ControlPlane.Objects.Validation;

/// <summary>
/// The syntax of names, as RFC 1123, RFC 1035 and Kubernetes set it. Each rule answers null for text that keeps it and a sentence, worded as
/// Kubernetes words it, for text that does not.
/// </summary>
public static class NameSyntax
{
    public const int LongestLabel = 63;
    public const int LongestSubdomain = 253;

    private const string LabelMessage =
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character "
        + "(e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

    private const string SubdomainMessage =
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric "
        + "character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

    private const string Label1035Message =
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric "
        + "character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

    /// <summary>The fault of an object's name under its kind's rule.</summary>
    public static string? Fault(string name, NameRule rule) => rule switch
    {
        NameRule.DnsLabel => DnsLabel(name),
        NameRule.DnsLabel1035 => DnsLabel1035(name),
        NameRule.PathSegment => PathSegment(name),
        _ => DnsSubdomain(name),
    };

    public static string? DnsLabel(string text)
    {
        if (text.Length > LongestLabel) return TooLong(LongestLabel);
        return IsLabel(text) ? null : LabelMessage;
    }

    public static string? DnsLabel1035(string text)
    {
        if (text.Length > LongestLabel) return TooLong(LongestLabel);
        return IsLabel(text) && char.IsAsciiLetterLower(text[0]) ? null : Label1035Message;
    }

    public static string? DnsSubdomain(string text)
    {
        if (text.Length > LongestSubdomain) return TooLong(LongestSubdomain);
        return IsSubdomain(text) ? null : SubdomainMessage;
    }

    /// <summary>A name that only has to be one segment of a URL's path, as RBAC's are.</summary>
    public static string? PathSegment(string text)
    {
        if (text is "." or "..") return $"may not be '{text}'";
        if (text.Contains('/')) return "may not contain '/'";
        return text.Contains('%') ? "may not contain '%'" : null;
    }

    /// <summary>The sentence for text with more than so many characters.</summary>
    public static string TooLong(int limit) => $"must be no more than {limit} characters";

    internal static bool IsSubdomain(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > LongestSubdomain) return false;
        foreach (var part in text.Split('.'))
        {
            if (!IsLabel(text[part])) return false;
        }
        return true;
    }

    private static bool IsLabel(ReadOnlySpan<char> text)
    {
        if (text.Length == 0 || text[0] == '-' || text[^1] == '-') return false;
        foreach (var c in text)
        {
            if (!char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c != '-') return false;
        }
        return true;
    }
}
