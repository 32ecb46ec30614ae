using System.Collections.Immutable;
using System.Text.Json;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Admission.Images;

/// <summary>What comes of a pod that breaks a policy: its names are those of <c>spec.enforcement</c>.</summary>
internal enum Enforcement
{
    /// <summary>It is refused.</summary>
    Enforce,

    /// <summary>Who writes it is told.</summary>
    Warn,

    /// <summary>The audit log has it.</summary>
    Audit,
}

/// <summary>Which signatures an image must have.</summary>
/// <param name="Keys">By which keys.</param>
/// <param name="All">Whether by all of them; otherwise by any.</param>
/// <param name="Authorities">Base64 of the PEM certificates its registry is known by; empty: those the system trusts.</param>
internal sealed record SignatureDemand(ImmutableArray<NamedKey> Keys, bool All, string Authorities)
{
    /// <summary>The keys as refusals name them.</summary>
    public string Names => $"{(Keys.Length == 1 ? "key" : All ? "all of the keys" : "any of the keys")} {string.Join(", ", Keys.Select(key => $"\"{key.Name}\""))}";
}

/// <summary>A key with the name its policy gives it.</summary>
internal sealed record NamedKey(string Name, SigningKey Key);

/// <summary>What a policy asks of some images.</summary>
/// <param name="Place">Where it stands in its policy: <c>spec.rules[0]</c>.</param>
internal sealed record ImageRule(string Place, ImmutableArray<ImagePattern> Images, bool RequiresDigest, SignatureDemand? Signatures);

/// <summary>An ImagePolicy as admission uses it.</summary>
internal sealed record ImagePolicy(string Name, Enforcement Enforcement, ImmutableArray<ImageRule> Rules)
{
    public static readonly GroupResource Resource = new(ImagePolicyKind.Group, ImagePolicyKind.Plural);

    /// <summary>The policies of a namespace, in the order of their names. Each is read once and kept with its object.</summary>
    public static ImmutableArray<ImagePolicy> In(IObjectView view, string @namespace) => [.. view.List(Resource, @namespace).Select(stored => stored.Project(Read))];

    /// <summary>The rule that counts for an image: the first that names it; null if none does.</summary>
    public ImageRule? RuleFor(ImageReference image) => Rules.FirstOrDefault(rule => rule.Images.Any(pattern => pattern.Matches(image)));

    private static ImagePolicy Read(StoredObject stored)
    {
        var spec = ObjectLimits.ParseElement(stored.Json).At("spec");
        var index = 0;
        var rules = ImmutableArray.CreateBuilder<ImageRule>();
        foreach (var rule in spec.Objects("rules"))
        {
            rules.Add(new($"spec.rules[{index++}]", [.. rule.Texts("images").Select(ImagePattern.Parse)], rule.Flag("requireDigest") == true, rule.Child("signatures") is { } signatures ? Read(signatures) : null));
        }
        return new(stored.Key.Name, Enum.Parse<Enforcement>(spec.Text("enforcement")), rules.ToImmutable());
    }

    private static SignatureDemand Read(JsonElement signatures)
    {
        var keys = ImmutableArray.CreateBuilder<NamedKey>();
        foreach (var key in signatures.Objects("keys")) keys.Add(new(key.Text("name"), SigningKey.Read(key.Text("publicKey"))));
        return new(keys.ToImmutable(), signatures.Text("match") == ImagePolicyKind.MatchAll, signatures.Text("caBundle"));
    }
}
