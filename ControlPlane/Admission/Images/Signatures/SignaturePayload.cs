using System.Text.Json;
using System.Text.Json.Nodes;
using Shared.Json;

namespace ControlPlane.Admission.Images.Signatures;

/// <summary>What cosign signs: a small JSON document that names an image by its digest (https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md).</summary>
internal static class SignaturePayload
{
    /// <summary>The media type of the layers that hold one.</summary>
    public const string MediaType = "application/vnd.dev.cosign.simplesigning.v1+json";

    /// <summary>The annotation of such a layer that holds its signature, in base64.</summary>
    public const string Signature = "dev.cosignproject.cosign/signature";

    private const string Type = "cosign container image signature";

    // Two readers could take two members of one name for different things.
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 16, AllowDuplicateProperties = false };

    /// <summary>Why a payload says nothing of an image; null if it is about it.</summary>
    /// <param name="payload">As it was signed.</param>
    /// <param name="digest">The image's.</param>
    public static string? Fault(ReadOnlySpan<byte> payload, string digest)
    {
        JsonNode? read;
        try
        {
            read = JsonNode.Parse(payload, documentOptions: Strict);
        }
        catch (JsonException)
        {
            return "what was signed is no JSON";
        }
        if (read.Text("critical", "type") != Type) return $"what was signed is not of the type \"{Type}\"";
        var signed = read.Text("critical", "image", "docker-manifest-digest");
        return signed == digest ? null : $"what was signed is another image, {(signed.Length > 0 ? signed : "without a digest")}";
    }
}
