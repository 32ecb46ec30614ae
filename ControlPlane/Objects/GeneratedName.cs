namespace ControlPlane.Objects;

/// <summary>Names made from <c>metadata.generateName</c>, and the letters of all generated names.</summary>
public static class GeneratedName
{
    /// <summary>Kubernetes' alphabet: no vowels and nothing that looks like another letter, so that no words appear.</summary>
    public const string Alphabet = "bcdfghjklmnpqrstvwxz2456789";
    private const int SuffixLength = 5;
    private const int MaxPrefix = 63 - SuffixLength;

    /// <summary>The prefix, shortened to leave room, and five random characters.</summary>
    public static string From(string prefix) => string.Concat(prefix.AsSpan(0, Math.Min(prefix.Length, MaxPrefix)), Random.Shared.GetString(Alphabet, SuffixLength));
}
