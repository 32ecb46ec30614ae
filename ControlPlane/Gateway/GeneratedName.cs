namespace ControlPlane.Gateway;

/// <summary>Names made from <c>metadata.generateName</c>.</summary>
public static class GeneratedName
{
    // Kubernetes' alphabet: no vowels and nothing that looks like another letter, so that no words appear.
    private const string Alphabet = "bcdfghjklmnpqrstvwxz2456789";
    private const int SuffixLength = 5;
    private const int MaxPrefix = 63 - SuffixLength;

    /// <summary>The prefix, shortened to leave room, and five random characters.</summary>
    public static string From(string prefix) => string.Concat(prefix.AsSpan(0, Math.Min(prefix.Length, MaxPrefix)), Random.Shared.GetString(Alphabet, SuffixLength));
}
