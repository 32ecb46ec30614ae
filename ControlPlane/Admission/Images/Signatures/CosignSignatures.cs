using System.Text.Json;
using System.Text.Json.Nodes;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Admission.Images.Signatures;

/// <summary>Whether an image is signed.</summary>
/// <param name="Namespace">For whom.</param>
/// <param name="Image">The image, with a digest.</param>
/// <param name="Demand">By whom it must be signed.</param>
/// <param name="Credentials">For the registry; null for none.</param>
internal sealed record SignatureQuestion(string Namespace, ImageReference Image, SignatureDemand Demand, RegistryCredentials? Credentials);

/// <summary>Knows, or finds out, whether images are signed. Thread-safe.</summary>
internal interface IImageSignatures
{
    /// <summary>Why an image does not have the signatures it must have, continuing "requires a signature by …: "; null if it has. Answers at once what is remembered, and never blocks. Throws nothing but for bugs.</summary>
    ValueTask<string?> Fault(SignatureQuestion question, CancellationToken stop);
}

/// <summary>
/// Reads the signatures that <c>cosign sign --key</c> leaves in its classic form: under the tag <c>sha256-….sig</c> of the image's repository, a manifest whose layers are what was signed, each with its
/// signature as an annotation. It counts what a key has signed; certificates, time stamps and the transparency log are not looked at.
/// </summary>
internal sealed class CosignSignatures(ImageSignatureOptions options, TimeProvider time) : IImageSignatures
{
    /// <summary>Who signs again and again adds layers: as many are looked at, the newest, which stand last.</summary>
    internal const int MostSignatures = 128;

    /// <summary>What was signed is mostly the same each time: so many different ones are read.</summary>
    internal const int MostPayloads = 16;

    private static readonly JsonDocumentOptions Manifest = new() { MaxDepth = 16, AllowDuplicateProperties = false };
    private readonly VerifiedSignatures _verified = new(options, time);
    private readonly NamespaceTurns _turns = new(options.AtOnce);

    /// <inheritdoc/>
    public ValueTask<string?> Fault(SignatureQuestion question, CancellationToken stop) =>
        IsMet(question, []) ? default : new(Task.Run(() => Asked(question, stop), CancellationToken.None));

    private async Task<string?> Asked(SignatureQuestion question, CancellationToken stop)
    {
        using var end = new CancellationTokenSource(options.Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(end.Token, stop);
        try
        {
            using var turn = await _turns.Take(question.Namespace, either.Token);

            // Who was before in the line may have asked the same.
            return IsMet(question, []) ? null : await Ask(question, either.Token);
        }
        catch (OperationCanceledException)
        {
            return $"registry {question.Image.Registry} did not answer within {options.Patience.TotalSeconds:0.#} s; try again";
        }
        catch (RegistryException unread)
        {
            return unread.Message;
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException)
        {
            return $"registry {question.Image.Registry} broke off its answer: {broken.Message}";
        }
    }

    private async Task<string?> Ask(SignatureQuestion question, CancellationToken stop)
    {
        var (image, demand) = (question.Image, question.Demand);
        var tag = $"{image.Digest.Replace(':', '-')}.sig";
        using var registry = new RegistryReader(image, demand.Authorities, question.Credentials);
        if (await registry.Manifest(tag, stop) is not { } manifest) return $"it has none (no tag {tag}); {HowTo(image)}";
        if (Layers(manifest.Span) is not { } layers) return $"what registry {image.Registry} has under the tag {tag} is no manifest";
        var (signed, why) = (new HashSet<string>(), new SortedSet<string>(StringComparer.Ordinal));
        foreach (var group in layers.TakeLast(MostSignatures).GroupBy(layer => layer.Text("digest")).TakeLast(MostPayloads))
        {
            var payload = await registry.Blob(group.Key, stop);
            if (SignaturePayload.Fault(payload.Span, image.Digest) is { } fault) why.Add(fault);
            else Verify(payload.Span, group, question, signed);
            if (IsMet(question, signed)) return null;
        }
        var missing = demand.Keys.Where(key => !IsSigned(image.Digest, key.Key, signed)).Select(key => $"\"{key.Name}\"");
        return $"of {layers.Length} that it has none is by {string.Join(" or ", missing)}{(why.Count > 0 ? $" ({string.Join("; ", why)})" : "")}; {HowTo(image)}";
    }

    private void Verify(ReadOnlySpan<byte> payload, IEnumerable<JsonObject> layers, SignatureQuestion question, HashSet<string> signed)
    {
        foreach (var layer in layers)
        {
            if (!TryRead(layer.Text("annotations", SignaturePayload.Signature), out var signature)) continue;
            foreach (var (_, key) in question.Demand.Keys)
            {
                if (signed.Contains(key.Fingerprint) || !key.Verifies(payload, signature)) continue;
                signed.Add(key.Fingerprint);
                _verified.Add(question.Image.Digest, key);
            }
        }
    }

    private bool IsMet(SignatureQuestion question, HashSet<string> signed)
    {
        var (keys, digest) = (question.Demand.Keys, question.Image.Digest);
        return question.Demand.All ? keys.All(key => IsSigned(digest, key.Key, signed)) : keys.Any(key => IsSigned(digest, key.Key, signed));
    }

    private bool IsSigned(string digest, SigningKey key, HashSet<string> signed) => signed.Contains(key.Fingerprint) || _verified.Has(digest, key);

    private static JsonObject[]? Layers(ReadOnlySpan<byte> manifest)
    {
        try
        {
            return JsonNode.Parse(manifest, documentOptions: Manifest) is JsonObject read
                ? [.. read.Objects("layers").Where(layer => layer.Text("mediaType") == SignaturePayload.MediaType && layer.Text("digest") is var digest && digest.StartsWith("sha256:", StringComparison.Ordinal) && ImageReference.IsDigest(digest))]
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static bool TryRead(string base64, out byte[] signature)
    {
        signature = new byte[base64.Length];
        if (!Convert.TryFromBase64String(base64, signature, out var length)) return false;
        signature = signature[..length];
        return length > 0;
    }

    private static string HowTo(ImageReference image) => $"sign it with: cosign sign --key cosign.key {image.Name}@{image.Digest}";
}
