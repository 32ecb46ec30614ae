namespace ControlPlane.Objects.Validation;

/// <summary>The syntax of label and annotation keys, of label values and of the keys of ConfigMaps and Secrets. Answers as <see cref="NameSyntax"/> does.</summary>
public static class LabelSyntax
{
    private const string NameMessage =
        "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character "
        + "(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

    private const string ValueMessage =
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
        + "character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

    private const string ConfigKeyMessage =
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.' "
        + "(e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

    /// <summary>A qualified name: an optional DNS subdomain and '/', then a name of up to 63 characters.</summary>
    public static string? QualifiedName(string text)
    {
        var slash = text.IndexOf('/');
        var name = text.AsSpan(slash + 1);
        if (name.Contains('/'))
        {
            return $"a qualified name {NameMessage} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";
        }
        if (slash == 0) return "prefix part must be non-empty";
        if (slash > 0 && !NameSyntax.IsSubdomain(text.AsSpan(0, slash))) return $"prefix part {NameSyntax.DnsSubdomain(text[..slash])}";
        if (name.Length == 0) return "name part must be non-empty";
        if (name.Length > NameSyntax.LongestLabel) return $"name part {NameSyntax.TooLong(NameSyntax.LongestLabel)}";
        return IsName(name) ? null : $"name part {NameMessage}";
    }

    public static string? Value(string text)
    {
        if (text.Length == 0) return null;
        if (text.Length > NameSyntax.LongestLabel) return NameSyntax.TooLong(NameSyntax.LongestLabel);
        return IsName(text) ? null : ValueMessage;
    }

    /// <summary>A key of a ConfigMap's or a Secret's data.</summary>
    public static string? ConfigKey(string text)
    {
        if (text.Length > NameSyntax.LongestSubdomain) return NameSyntax.TooLong(NameSyntax.LongestSubdomain);
        if (text.Length == 0) return ConfigKeyMessage;
        foreach (var c in text)
        {
            if (!IsNamePart(c)) return ConfigKeyMessage;
        }
        if (text is "." or "..") return $"must not be '{text}'";
        return text.StartsWith("..", StringComparison.Ordinal) ? "must not start with '..'" : null;
    }

    private static bool IsName(ReadOnlySpan<char> text)
    {
        if (!char.IsAsciiLetterOrDigit(text[0]) || !char.IsAsciiLetterOrDigit(text[^1])) return false;
        foreach (var c in text)
        {
            if (!IsNamePart(c)) return false;
        }
        return true;
    }

    private static bool IsNamePart(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.';
}
