using System.Globalization;
using ControlPlane.Expressions.Values;

namespace ControlPlane.Expressions.Libraries.Versions;

/// <summary>A version by the rules of Semantic Versioning 2.0.</summary>
internal sealed class SemverValue(ulong major, ulong minor, ulong patch, string[] prerelease, string text) : CelOpaque(Name)
{
    public const string Name = "kubernetes.Semver";

    public ulong Major { get; } = major;
    public ulong Minor { get; } = minor;
    public ulong Patch { get; } = patch;
    private string[] Prerelease { get; } = prerelease;

    /// <summary>Null if the text is no version.</summary>
    /// <param name="normalize">Whether a <c>v</c> in front, missing parts and leading zeros are taken.</param>
    public static SemverValue? Read(string text, bool normalize)
    {
        if (normalize) text = Normalized(text);
        var plus = text.IndexOf('+', StringComparison.Ordinal);
        var build = plus < 0 ? null : text[(plus + 1)..];
        var rest = plus < 0 ? text : text[..plus];
        var dash = rest.IndexOf('-', StringComparison.Ordinal);
        var prerelease = dash < 0 ? null : rest[(dash + 1)..];
        var parts = (dash < 0 ? rest : rest[..dash]).Split('.');
        if (parts.Length != 3 || !Part(parts[0], out var major) || !Part(parts[1], out var minor) || !Part(parts[2], out var patch)) return null;
        if (build is not null && !build.Split('.').All(IsIdentifier)) return null;
        if (prerelease is not null && !prerelease.Split('.').All(part => IsIdentifier(part) && (!part.All(char.IsAsciiDigit) || Part(part, out _)))) return null;
        return new(major, minor, patch, prerelease?.Split('.') ?? [], text);
    }

    public int CompareTo(SemverValue other)
    {
        if (Major != other.Major) return Major.CompareTo(other.Major);
        if (Minor != other.Minor) return Minor.CompareTo(other.Minor);
        if (Patch != other.Patch) return Patch.CompareTo(other.Patch);
        // A version goes after what led to it.
        if (Prerelease.Length == 0 || other.Prerelease.Length == 0) return other.Prerelease.Length.CompareTo(Prerelease.Length);
        for (var at = 0; at < Math.Min(Prerelease.Length, other.Prerelease.Length); at++)
        {
            var (mine, its) = (Prerelease[at], other.Prerelease[at]);
            var (number, itsNumber) = (Part(mine, out var left), Part(its, out var right));
            var order = number && itsNumber ? left.CompareTo(right) : number != itsNumber ? (number ? -1 : 1) : string.CompareOrdinal(mine, its);
            if (order != 0) return order;
        }
        return Prerelease.Length.CompareTo(other.Prerelease.Length);
    }

    public override bool Equal(CelOpaque other) => other is SemverValue version && CompareTo(version) == 0;

    public override string ToString() => text;

    private static string Normalized(string text)
    {
        if (text.StartsWith('v')) text = text[1..];
        var end = text.AsSpan().IndexOfAny('-', '+');
        var (numbers, rest) = end < 0 ? (text, "") : (text[..end], text[end..]);
        var parts = numbers.Split('.').Select(part => part.Length > 0 && part.TrimStart('0').Length == 0 ? "0" : part.TrimStart('0')).ToList();
        while (parts.Count < 3 && numbers.Length > 0) parts.Add("0");
        return string.Join('.', parts) + rest;
    }

    private static bool Part(string text, out ulong number)
    {
        number = 0;
        return (text.Length == 1 || !text.StartsWith('0')) && ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }

    private static bool IsIdentifier(string text) => text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');
}
