using System.Text.Json.Nodes;
using Shared.Json;

namespace ControlPlane.Objects.Validation;

/// <summary>The syntax of port numbers and of IANA service names. Answers as <see cref="NameSyntax"/> does.</summary>
internal static class PortSyntax
{
    private const int LongestName = 15;

    public static string? Number(long port) => port is >= 1 and <= 65535 ? null : "must be between 1 and 65535, inclusive";

    public static string? Name(string name)
    {
        if (name.Length > LongestName) return NameSyntax.TooLong(LongestName);
        if (name.Any(c => !char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c != '-'))
        {
            return "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)";
        }
        if (!name.Any(char.IsAsciiLetterLower)) return "must contain at least one letter (a-z)";
        if (name.Contains("--", StringComparison.Ordinal)) return "must not contain consecutive hyphens";
        return name[0] == '-' || name[^1] == '-' ? "must not begin or end with a hyphen" : null;
    }

    /// <summary>A port given as its number or its name.</summary>
    public static void NumberOrName(JsonNode? port, FieldPath path, FieldErrors errors)
    {
        var fault = port.Number() is { } number ? Number(number) : Name(port.TextOf() is { Length: > 0 } name ? name : "-");
        if (fault is not null) errors.Invalid(path, port, fault);
    }
}
