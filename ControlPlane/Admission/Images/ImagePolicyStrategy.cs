using System.Security.Cryptography;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using Shared.Json;

namespace ControlPlane.Admission.Images;

/// <summary>How ImagePolicies are written: what can't be used is refused here, so that admission can rely on every policy there is.</summary>
internal sealed class ImagePolicyStrategy : KindStrategy
{
    private const int MostRules = 64;
    private const int MostPatterns = 64;
    private const int MostKeys = 16;
    private const int LongestKey = 16 * 1024;
    private static readonly FieldPath Spec = FieldPath.Of("spec");

    /// <inheritdoc/>
    public override void Validate(JsonObject @object, FieldErrors errors)
    {
        if (@object.Child("spec") is not { } spec)
        {
            errors.Required(Spec);
            return;
        }
        FieldRules.Required(spec, "enforcement", Spec, errors);
        FieldRules.OneOf(spec, "enforcement", Spec, errors, nameof(Enforcement.Audit), nameof(Enforcement.Enforce), nameof(Enforcement.Warn));
        var at = Spec.Child("rules");
        JsonObject[] rules = [.. spec.Objects("rules")];
        Count(rules.Length, MostRules, at, "without a rule no image could be used", errors);
        for (var i = 0; i < rules.Length; i++) Rule(rules[i], at.Item(i), errors);
    }

    private static void Rule(JsonObject rule, FieldPath at, FieldErrors errors)
    {
        var images = at.Child("images");
        string[] patterns = [.. rule.Texts("images")];
        Count(patterns.Length, MostPatterns, images, "name the images that are meant", errors);
        var seen = new HashSet<string>();
        for (var i = 0; i < patterns.Length; i++)
        {
            if (ImagePattern.Fault(patterns[i]) is { } fault) errors.Invalid(images.Item(i), ImageUse.Shorten(patterns[i]), fault);
            else if (!seen.Add(patterns[i])) errors.Duplicate(images.Item(i), patterns[i]);
            else if (rule.Has("signatures") && !ImagePattern.Parse(patterns[i]).NamesRegistry)
            {
                errors.Invalid(images.Item(i), patterns[i], "must name its registry where signatures are required: the control plane connects to it, and who writes a pod must not choose to whom");
            }
        }
        if (rule.Child("signatures") is { } signatures) Signatures(signatures, at.Child("signatures"), errors);
    }

    private static void Signatures(JsonObject signatures, FieldPath at, FieldErrors errors)
    {
        FieldRules.OneOf(signatures, "match", at, errors, ImagePolicyKind.MatchAll, ImagePolicyKind.MatchAny);
        if (signatures.Text("caBundle") is { Length: > 0 } bundle && !IsBundle(bundle)) errors.Invalid(at.Child("caBundle"), bundle, "must be PEM certificates in base64");
        JsonObject[] keys = [.. signatures.Objects("keys")];
        Count(keys.Length, MostKeys, at.Child("keys"), "name the keys that count", errors);
        var (names, known) = (new HashSet<string>(), new HashSet<string>());
        for (var i = 0; i < keys.Length; i++)
        {
            var (place, text) = (at.Child("keys").Item(i), keys[i].Text("publicKey"));
            FieldRules.Named(keys[i], "name", place, errors, NameSyntax.DnsLabel);
            if (keys[i].Text("name") is { Length: > 0 } name && !names.Add(name)) errors.Duplicate(place.Child("name"), name);
            if (text.Length == 0) errors.Required(place.Child("publicKey"));
            else if (text.Length > LongestKey) errors.TooLong(place.Child("publicKey"), LongestKey);
            else Key(text, place.Child("publicKey"), known, errors);
        }
    }

    // What was given may be a secret by mistake: it is not repeated.
    private static void Key(string text, FieldPath at, HashSet<string> known, FieldErrors errors)
    {
        try
        {
            if (!known.Add(SigningKey.Read(text).Fingerprint)) errors.Duplicate(at, "(the same key under another name)");
        }
        catch (FormatException fault)
        {
            errors.Add("FieldValueInvalid", at, $"Invalid value: {fault.Message}");
        }
    }

    private static bool IsBundle(string bundle)
    {
        try
        {
            return ServerTrust.Authorities(bundle).Count > 0;
        }
        catch (Exception fault) when (fault is FormatException or CryptographicException)
        {
            return false;
        }
    }

    private static void Count(int count, int most, FieldPath at, string why, FieldErrors errors)
    {
        if (count == 0) errors.Required(at, why);
        else if (count > most) errors.TooMany(at, count, most);
    }
}
