using System.Globalization;
using System.IO.Enumeration;
using System.Text.RegularExpressions;
using Shared.Api;

namespace ControlPlane.Admission.Images;

/// <summary>
/// Names images: <c>registry.example.com/team/*</c>. A star stands for any characters within one part of the path and never for a <c>/</c>; <c>**</c> as the last part stands for all parts that
/// follow; <c>*</c> alone is every image. In the registry a star can stand only for all of it, or for what comes before the first dot: <c>*.example.com</c>.
/// </summary>
internal sealed partial class ImagePattern
{
    private const int Longest = 512;
    private const string Everything = "*";
    private const string AllBelow = "**";
    private const string InAnyDomain = "*.";
    private readonly string _registry;
    private readonly string[] _parts;

    private ImagePattern(string text, string registry, string[] parts) => (Text, _registry, _parts) = (text, registry, parts);

    /// <summary>As it was written.</summary>
    public string Text { get; }

    /// <summary>Whether it names one registry: then nobody else can choose who is asked about an image it matches.</summary>
    public bool NamesRegistry => !_registry.Contains('*', StringComparison.Ordinal);

    /// <summary>Reads a pattern that <see cref="Fault"/> has nothing to say of.</summary>
    /// <exception cref="FormatException">It has.</exception>
    public static ImagePattern Parse(string text)
    {
        if (Fault(text) is { } fault) throw new FormatException(fault);
        var parts = text.Split('/');
        return text == Everything ? new(text, Everything, [AllBelow]) : new(text, parts[0], parts[1..]);
    }

    /// <summary>What is wrong with a pattern; null for nothing.</summary>
    public static string? Fault(string text)
    {
        if (text == Everything) return null;
        if (text.Length > Longest) return $"must not be longer than {Longest} characters";
        if (text.Contains('@', StringComparison.Ordinal)) return "must name a repository, without a digest: requireDigest asks for one";
        var parts = text.Split('/');
        if (parts.Length < 2 || !(parts[0].StartsWith('*') || ImageReference.IsRegistry(parts[0])))
        {
            return "must be '*', or begin with the registry and a '/': docker.io/library/nginx for the image nginx, registry.example.com/team/*, registry.example.com/** for all of a registry";
        }
        if (!RegistryForm().IsMatch(parts[0]) || PortFault(parts[0])) return "the registry must be a host in lower case with an optional port that is not 443; a star can stand for all of it, or for what is before the first dot: *.example.com";
        if (parts[0] == ImageReference.OlderDefaultRegistry) return $"images of {parts[0]} are read as of {ImageReference.DefaultRegistry}: write that";
        foreach (var part in parts[1..^1].Append(parts[^1] == AllBelow ? Everything : parts[^1]))
        {
            if (part.Contains(':', StringComparison.Ordinal)) return "must name a repository, without a tag";
            if (!PartForm().IsMatch(part)) return "each part of the path must consist of lower case letters, digits, '.', '_', '-' and '*'; '**' can only be the whole last part";
        }
        return parts is [ImageReference.DefaultRegistry, not AllBelow]
            ? $"images of {ImageReference.DefaultRegistry} have a folder: write {ImageReference.DefaultRegistry}/{ImageReference.DefaultFolder}/{parts[1]}, or {ImageReference.DefaultRegistry}/** for all of them"
            : null;
    }

    /// <summary>Whether an image is meant.</summary>
    public bool Matches(ImageReference image)
    {
        if (!IsRegistry(image.Registry)) return false;
        var parts = image.Repository.Split('/');
        var below = _parts[^1] == AllBelow;
        if (below ? parts.Length < _parts.Length : parts.Length != _parts.Length) return false;
        for (var i = 0; i < _parts.Length - (below ? 1 : 0); i++)
        {
            if (!FileSystemName.MatchesSimpleExpression(_parts[i], parts[i], ignoreCase: false)) return false;
        }
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => Text;

    private static bool PortFault(string registry) => registry.LastIndexOf(':') is var colon && colon > registry.LastIndexOf(']') && !ushort.TryParse(registry.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out _);

    private bool IsRegistry(string registry) =>
        _registry == Everything || (_registry.StartsWith(InAnyDomain, StringComparison.Ordinal) ? registry.Length >= _registry.Length && registry.EndsWith(_registry[1..], StringComparison.Ordinal) : registry == _registry);

    [GeneratedRegex(@"\A(?:\*|(?:\*\.)?[a-z0-9]+(?:-+[a-z0-9]+)*(?:\.[a-z0-9]+(?:-+[a-z0-9]+)*)*(?::(?!443\z)[1-9][0-9]{0,4})?|\[[a-f0-9:]+\](?::(?!443\z)[1-9][0-9]{0,4})?)\z")]
    private static partial Regex RegistryForm();

    [GeneratedRegex(@"\A(?!.*\*\*)[a-z0-9._*-]+\z")]
    private static partial Regex PartForm();
}
