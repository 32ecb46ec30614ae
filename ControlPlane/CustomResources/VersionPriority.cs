using System.Globalization;
using System.Text.RegularExpressions;

namespace ControlPlane.CustomResources;

/// <summary>
/// The order in which versions are preferred, as Kubernetes documents it for CustomResourceDefinitions: v10, v2, v1, v11beta2, v10beta3, v3beta1, v12alpha1, v11alpha2, foo1, foo10.
/// </summary>
internal sealed partial class VersionPriority : IComparer<string>
{
    public static VersionPriority Order { get; } = new();

    /// <inheritdoc/>
    public int Compare(string? x, string? y)
    {
        var (one, other) = (Rank(x!), Rank(y!));
        if (one is null || other is null) return one is not null ? -1 : other is not null ? 1 : string.CompareOrdinal(x, y);
        return other.Value.CompareTo(one.Value);
    }

    private static (int Stability, int Major, int Minor)? Rank(string version)
    {
        var match = KubeLike().Match(version);
        if (!match.Success || !int.TryParse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var major)) return null;
        var minor = 0;
        if (match.Groups[3].Success && !int.TryParse(match.Groups[3].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out minor)) return null;
        return (match.Groups[2].Value switch { "" => 3, "beta" => 2, _ => 1 }, major, minor);
    }

    [GeneratedRegex("^v([1-9][0-9]*)(?:(alpha|beta)([1-9][0-9]*))?$")]
    private static partial Regex KubeLike();
}
