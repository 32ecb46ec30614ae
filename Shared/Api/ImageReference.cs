using System.Text.RegularExpressions;

namespace Shared.Api;

/// <summary>
/// The name of an image, read and completed as Docker and containerd do (https://pkg.go.dev/github.com/distribution/reference): without a registry it is of
/// <c>docker.io</c>, and there without a folder of <c>library</c>. Nothing else is changed: upper case and ports of a registry stay as they are written.
/// </summary>
/// <param name="Registry">The host, with its port if one is written: <c>docker.io</c>, <c>registry.example.com:5000</c>.</param>
/// <param name="Repository">The path in it: <c>library/nginx</c>.</param>
/// <param name="Tag">Empty where none is written.</param>
/// <param name="Digest">With its algorithm, <c>sha256:…</c>; empty where none is written. Where there is one, the tag says nothing.</param>
public sealed partial record ImageReference(string Registry, string Repository, string Tag, string Digest)
{
    /// <summary>The registry of images that name none.</summary>
    public const string DefaultRegistry = "docker.io";

    /// <summary>The folder of images of <see cref="DefaultRegistry"/> that name none.</summary>
    public const string DefaultFolder = "library";

    /// <summary>Another name of <see cref="DefaultRegistry"/>, which is read as that.</summary>
    public const string OlderDefaultRegistry = "index.docker.io";

    // The longest name of a host, and a port.
    private const int LongestRegistry = 253 + 6;
    private const int LongestRepository = 255;

    /// <summary>Registry and repository, without tag and digest.</summary>
    public string Name => $"{Registry}/{Repository}";

    /// <summary>The whole reference, in full.</summary>
    public override string ToString() => $"{Name}{(Tag.Length > 0 ? $":{Tag}" : "")}{(Digest.Length > 0 ? $"@{Digest}" : "")}";

    /// <summary>Reads a reference; null if it is none.</summary>
    public static ImageReference? Parse(string text) => TryParse(text, out var read) is null ? read : null;

    /// <summary>Reads a reference, or answers what is wrong with it; null for nothing.</summary>
    public static string? TryParse(string text, out ImageReference? read)
    {
        read = null;
        var digest = "";
        var name = text;
        if (text.IndexOf('@', StringComparison.Ordinal) is >= 0 and var at)
        {
            (name, digest) = (text[..at], text[(at + 1)..]);
            if (!IsDigest(digest)) return "after the @ there must be a digest: sha256: and 64 hexadecimal digits in lower case";
        }
        var (registry, rest) = Split(name);
        var tag = "";
        if (rest.IndexOf(':', StringComparison.Ordinal) is >= 0 and var colon)
        {
            (rest, tag) = (rest[..colon], rest[(colon + 1)..]);
            if (!TagForm().IsMatch(tag)) return "a tag must consist of at most 128 letters, digits, '_', '.' and '-', and must not begin with '.' or '-'";
        }
        if (registry.Length > LongestRegistry) return $"a registry must not be longer than {LongestRegistry} characters";
        if (!RegistryForm().IsMatch(registry)) return "the part before the first '/' is no host with an optional port";
        if (registry == OlderDefaultRegistry) registry = DefaultRegistry;
        if (registry == DefaultRegistry && !rest.Contains('/', StringComparison.Ordinal)) rest = $"{DefaultFolder}/{rest}";
        if (rest.AsSpan().ContainsAnyInRange('A', 'Z')) return "a repository must be in lower case";
        if (!RepositoryForm().IsMatch(rest)) return "a repository must consist of parts of lower case letters and digits, with single '.', '_', '__' or any number of '-' between them, divided by '/'";
        if (rest.Length > LongestRepository) return $"a repository must not be longer than {LongestRepository} characters";
        read = new(registry, rest, tag, digest);
        return null;
    }

    /// <summary>Whether a text is a digest: its algorithm, and as many hexadecimal digits in lower case as that has.</summary>
    public static bool IsDigest(string text) => DigestForm().IsMatch(text);

    /// <summary>Whether a text is a registry as the part before the first '/' is told to be one: by a dot, a port, upper case, or by being <c>localhost</c>.</summary>
    public static bool IsRegistry(string part) => part == "localhost" || part.AsSpan().ContainsAny('.', ':') || part.AsSpan().ContainsAnyInRange('A', 'Z');

    private static (string Registry, string Path) Split(string name) =>
        name.IndexOf('/', StringComparison.Ordinal) is > 0 and var slash && IsRegistry(name[..slash]) ? (name[..slash], name[(slash + 1)..]) : (DefaultRegistry, name);

    [GeneratedRegex(@"\A(?:(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?\z", RegexOptions.NonBacktracking)]
    private static partial Regex RegistryForm();

    [GeneratedRegex(@"\A[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*\z", RegexOptions.NonBacktracking)]
    private static partial Regex RepositoryForm();

    [GeneratedRegex(@"\A[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}\z", RegexOptions.NonBacktracking)]
    private static partial Regex TagForm();

    [GeneratedRegex(@"\A(?:sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128})\z", RegexOptions.NonBacktracking)]
    private static partial Regex DigestForm();
}
