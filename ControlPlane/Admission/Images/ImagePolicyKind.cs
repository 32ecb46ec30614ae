using ControlPlane.Catalogue;
using ControlPlane.Catalogue.Printing;
using ControlPlane.Objects;
using ControlPlane.Objects.Schemas;
using Shared.Json;

namespace ControlPlane.Admission.Images;

/// <summary>ImagePolicies: which images a namespace may use.</summary>
internal static class ImagePolicyKind
{
    public const string Group = "policy.actors.dev";
    public const string Plural = "imagepolicies";

    /// <summary>The value of <c>signatures.match</c> that asks for a signature by each key.</summary>
    public const string MatchAll = "All";

    /// <summary>The value of <c>signatures.match</c> that asks for a signature by one key.</summary>
    public const string MatchAny = "Any";

    private const int ShownPatterns = 3;
    private static readonly OwnKinds Kinds = new(Group, "v1", "dev.actors.policy.v1");
    private static readonly Schema Text = new(SchemaType.String);

    private static readonly Schema Key = Kinds.Part(
        "SignatureKey", "A public key that images are signed with.",
        OwnKinds.Field("name", Text, "What refusals call the key. A DNS label, unique in the rule."),
        OwnKinds.Field("publicKey", Text, "The public key in PEM (cosign.pub): ECDSA on the curve P-256, or RSA of 2048 to 8192 bits."));

    private static readonly Schema Signatures = Kinds.Part(
        "SignatureDemand", "Signatures that images must have, as `cosign sign --key` makes them in its classic form: under the tag sha256-DIGEST.sig of the image's own repository. The transparency log is not asked.",
        OwnKinds.Field("keys", new(SchemaType.Array, Key), "The keys that count: at least 1, at most 16."),
        OwnKinds.Optional("match", Text, "Any: a signature by one of the keys is enough; All: each key must have signed. Defaults to Any.") with { Default = $"\"{MatchAny}\"" },
        OwnKinds.Optional("caBundle", new(SchemaType.Bytes), "PEM certificates of the authorities that the registry, and the servers it sends its readers to, are known by, in base64. Defaults to those that the system of the control plane trusts."));

    private static readonly Schema Rule = Kinds.Part(
        "ImageRule", "What must be true of some images.",
        OwnKinds.Field("images", new(SchemaType.Array, Text), "Which images are meant, by registry and repository in full: docker.io/library/nginx, registry.example.com/team/*. A star stands for any characters but '/'; ** as the last part stands for all parts below; * alone is every image. At least 1, at most 64."),
        OwnKinds.Optional("requireDigest", new(SchemaType.Boolean), "Whether the images must be named by their digest (name@sha256:...). Defaults to false.") with { Default = "false" },
        OwnKinds.Optional("signatures", Signatures, "The signatures the images must have; they must be named by their digest then, and each pattern of the rule must name one registry, since the control plane connects to it. None are asked for by default."));

    private static readonly Schema Spec = Kinds.Part(
        "ImagePolicySpec", "What an ImagePolicy asks.",
        OwnKinds.Field("rules", new(SchemaType.Array, Rule), "Of each policy the first rule that names an image counts for it. What any policy of the namespace asks must be met; an image that no policy has a rule for is refused. At least 1, at most 64."),
        OwnKinds.Optional("enforcement", Text, "What comes of pods that break the policy. Enforce: they are refused. Warn: who writes them is told. Audit: the audit log has it. Warn and Audit judge as if the policy were enforced beside those that are, and allow nothing that is refused. Defaults to Enforce.")
            with { Default = $"\"{Enforcement.Enforce}\"" });

    public static KindDefinition Definition { get; } = Kinds.Stored(
        "ImagePolicy", Plural, namespaced: true,
        "Says which images the pods of its namespace may use, and that they must be named by digest or be signed. Without any, every image may be used. Pods that run already are left alone.",
        OwnKinds.Field("spec", Spec, "What the policy asks.")) with
    {
        Strategy = new ImagePolicyStrategy(),
        Columns =
        [
            Column.Name,
            Column.Field("Enforcement", "", "spec", "enforcement"),
            Column.Text("Images", policy => Column.Some(policy.Objects("spec", "rules").SelectMany(rule => rule.Texts("images")), ShownPatterns, Column.None)),
            Column.Age,
        ],
    };
}
