using System.Globalization;
using System.Text.RegularExpressions;
using ControlPlane.Expressions.Libraries.Networking;
using ControlPlane.Expressions.Values;
using ControlPlane.Objects.Validation;

namespace ControlPlane.Expressions.Libraries.Formats;

/// <summary>The formats Kubernetes names, each with what it says of a text that does not keep it.</summary>
internal static partial class TextFormats
{
    public static IReadOnlyDictionary<string, Func<string, string?>> Known { get; } = new Dictionary<string, Func<string, string?>>
    {
        ["dns1123Label"] = NameSyntax.DnsLabel,
        ["dns1123Subdomain"] = NameSyntax.DnsSubdomain,
        ["dns1035Label"] = NameSyntax.DnsLabel1035,
        ["dns1123LabelPrefix"] = text => NameSyntax.DnsLabel(Prefix(text)),
        ["dns1123SubdomainPrefix"] = text => NameSyntax.DnsSubdomain(Prefix(text)),
        ["dns1035LabelPrefix"] = text => NameSyntax.DnsLabel1035(Prefix(text)),
        ["qualifiedName"] = LabelSyntax.QualifiedName,
        ["labelValue"] = LabelSyntax.Value,
        ["uri"] = text => UrlValue.Read(text) is null ? $"parse \"{text}\": invalid URI for request" : null,
        ["uuid"] = text => Uuid().IsMatch(text) ? null : "does not match the UUID format",
        ["byte"] = text => Convert.TryFromBase64String(text, new byte[text.Length], out _) ? null : "invalid base64",
        ["date"] = text => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _) ? null : "invalid date",
        ["datetime"] = text => Times.ReadTimestamp(text).IsFault ? "invalid datetime" : null,
    };

    /// <summary>A name to be completed: one that ends in a dash is as good as one that goes on.</summary>
    private static string Prefix(string text) => text.EndsWith('-') && text.Length > 1 ? $"{text[..^1]}a" : text;

    [GeneratedRegex(@"\A[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}\z")]
    private static partial Regex Uuid();
}
