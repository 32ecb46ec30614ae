using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using Shared.Api;

namespace ControlPlane.Admission.Images;

/// <summary>What is wrong with an image of a pod.</summary>
/// <param name="Use">The image.</param>
/// <param name="Enforcement">Of the policy that is broken.</param>
/// <param name="Why">Which rule is broken, and how to keep it.</param>
internal sealed record ImageFault(ImageUse Use, Enforcement Enforcement, string Why)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Use.Field} \"{ImageUse.Shorten(Use.Text)}\": {Why}";
}

/// <summary>Signatures an image must have, of which nothing is known yet.</summary>
internal sealed record OpenDemand(ImageUse Use, ImageReference Image, ImagePolicy Policy, ImageRule Rule)
{
    /// <summary>The fault it is if the signatures are missing.</summary>
    public ImageFault Unmet(string why) => new(Use, Policy.Enforcement, ImageVerdict.Says(Policy, Rule, $"requires a signature by {Rule.Signatures!.Names}: {why}"));
}

/// <summary>
/// What policies say of images, as far as their names tell. Of each policy the first rule that names an image counts, and all of these must be met; an image that no policy has a rule for is refused. Policies
/// that only warn or audit judge as if they were enforced beside those that are, so that enforcing them brings what they told; and they allow nothing.
/// </summary>
/// <param name="Faults">What is wrong, in the order of the images.</param>
/// <param name="Open">What has to be looked up to know more.</param>
internal sealed partial record ImageVerdict(ImmutableArray<ImageFault> Faults, ImmutableArray<OpenDemand> Open)
{
    private const int MostShown = 8;
    private const int DefaultPort = 443;

    /// <summary>Judges images by the policies of their namespace.</summary>
    public static ImageVerdict Of(ImmutableArray<ImagePolicy> policies, ImmutableArray<ImageUse> uses)
    {
        var (faults, open) = (ImmutableArray.CreateBuilder<ImageFault>(), ImmutableArray.CreateBuilder<OpenDemand>());
        foreach (var use in policies.IsEmpty ? [] : uses) Judge(policies, use, faults, open);
        return new(faults.ToImmutable(), open.ToImmutable());
    }

    /// <summary>A sentence that begins with the rule that says so.</summary>
    public static string Says(ImagePolicy policy, ImageRule rule, string what) => $"ImagePolicy \"{policy.Name}\" ({rule.Place}: {Some(rule.Images)}) {what}";

    private static void Judge(ImmutableArray<ImagePolicy> policies, ImageUse use, ImmutableArray<ImageFault>.Builder faults, ImmutableArray<OpenDemand>.Builder open)
    {
        if ((ImageReference.TryParse(use.Text, out var image) ?? Ambiguity(use.Text, image!)) is { } fault)
        {
            faults.Add(new(use, policies.Min(policy => policy.Enforcement), fault));
            return;
        }
        foreach (var enforcement in Enum.GetValues<Enforcement>())
        {
            // Enforced ones stand beside those of every other kind.
            var judges = policies.Where(policy => policy.Enforcement == enforcement || policy.Enforcement == Enforcement.Enforce).ToArray();
            if (!judges.Any(policy => policy.Enforcement == enforcement) || judges.Any(policy => policy.RuleFor(image!) is not null)) continue;
            faults.Add(new(use, enforcement, Unnamed(image!, judges)));
            if (enforcement == Enforcement.Enforce) return;
        }
        foreach (var policy in policies)
        {
            if (policy.RuleFor(image!) is { } rule) Judge(policy, rule, use, image!, faults, open);
        }
    }

    private static void Judge(ImagePolicy policy, ImageRule rule, ImageUse use, ImageReference image, ImmutableArray<ImageFault>.Builder faults, ImmutableArray<OpenDemand>.Builder open)
    {
        if (image.Digest.Length > 0)
        {
            if (rule.Signatures is not null) open.Add(new(use, image, policy, rule));
            return;
        }
        if (!rule.RequiresDigest && rule.Signatures is null) return;
        var asks = rule.Signatures is null ? "requires a digest" : $"requires a signature by {rule.Signatures.Names}, which is of a digest and not of a tag";
        faults.Add(new(use, policy.Enforcement, Says(policy, rule, $"{asks}: write {image.Name}@sha256:…, with what \"docker buildx imagetools inspect {image}\" or \"crane digest {image}\" prints")));
    }

    private static string Unnamed(ImageReference image, ImagePolicy[] judges)
    {
        var names = string.Join(", ", judges.Select(policy => $"\"{policy.Name}\""));
        return $"no rule of {(judges.Length == 1 ? "ImagePolicy" : "ImagePolicies")} {names} names {image.Name}: use an image of {Some(judges.SelectMany(policy => policy.Rules).SelectMany(rule => rule.Images))}, or have a rule added";
    }

    // One image may not have names that rules could take for others.
    private static string? Ambiguity(string text, ImageReference image)
    {
        if (IdForm().IsMatch(text)) return $"may be the id of an image that lies on a node, of which no policy can tell what it is: write {image.Name}{(image.Tag.Length > 0 ? "" : ":TAG")} in full if it is a name";
        var host = image.Registry.ToLowerInvariant();
        if (host.LastIndexOf(':') is var colon && colon > host.LastIndexOf(']') && int.TryParse(host.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port))
        {
            host = port == DefaultPort ? host[..colon] : string.Create(CultureInfo.InvariantCulture, $"{host[..colon]}:{port}");
        }
        return host == image.Registry ? null : $"names its registry in another way than rules do: write {host}/{image.Repository}";
    }

    private static string Some(IEnumerable<ImagePattern> patterns)
    {
        string[] all = [.. patterns.Select(pattern => pattern.Text).Distinct()];
        return all.Length <= MostShown ? string.Join(", ", all) : $"{string.Join(", ", all[..MostShown])} and {all.Length - MostShown} more";
    }

    [GeneratedRegex(@"\A(?:[a-f0-9]+|sha(?:256|384|512):[a-f0-9]+)\z", RegexOptions.NonBacktracking)]
    private static partial Regex IdForm();
}
