using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Nodes;
using Shared.Api;

namespace ControlPlane.Objects.Patching;

/// <summary>
/// A patch as a client sent it: a media type and a body that was read without fault. It keeps the bytes, so that it can travel between
/// members and be read again there.
/// </summary>
public abstract class ClientPatch : IObjectPatch
{
    public const string JsonPatchType = "application/json-patch+json";
    public const string MergePatchType = "application/merge-patch+json";
    public const string StrategicMergePatchType = "application/strategic-merge-patch+json";

    /// <summary>The deepest nesting of a body or of what a patch makes: what readers of stored objects accept.</summary>
    public const int MaxDepth = 64;

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = MaxDepth, AllowDuplicateProperties = false };

    private protected ClientPatch(string mediaType, ReadOnlyMemory<byte> body) => (MediaType, Body) = (mediaType, body);

    /// <summary>One of the media types above.</summary>
    public string MediaType { get; }

    /// <summary>The patch as UTF-8 JSON. The bytes must not be changed.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>
    /// Reads a patch. An unknown media type is 415; a body that is not JSON, or not what the type asks for, 400; one with too many
    /// operations 413.
    /// </summary>
    public static bool TryParse(
        string mediaType, ReadOnlyMemory<byte> body, [NotNullWhen(true)] out ClientPatch? patch, [NotNullWhen(false)] out ApiStatus? rejection)
    {
        (patch, rejection) = (null, null);
        if (mediaType is not (JsonPatchType or MergePatchType or StrategicMergePatchType))
        {
            rejection = ApiStatus.UnsupportedMediaType(
                $"the body of the request was in an unknown format - accepted media types include: {JsonPatchType}, {MergePatchType}, {StrategicMergePatchType}");
        }
        else if (!TryReadJson(body, out var json, out var fault)) rejection = ApiStatus.BadRequest($"error decoding patch: {fault}");
        else if (mediaType == JsonPatchType) rejection = JsonPatch.TryRead(body, json, out patch);
        else if (json is not JsonObject @object) rejection = ApiStatus.BadRequest("error decoding patch: the patch must be a JSON object");
        else patch = mediaType == MergePatchType ? new MergePatch(body, @object) : new StrategicMergePatch(body, @object);
        return rejection is null;
    }

    /// <inheritdoc/>
    public abstract PatchOutcome Apply(JsonObject current, KindDefinition kind);

    private static bool TryReadJson(ReadOnlyMemory<byte> body, out JsonNode? json, out string fault)
    {
        (json, fault) = (null, "");
        try
        {
            json = JsonNode.Parse(body.Span, documentOptions: Strict);
            return true;
        }
        catch (JsonException e)
        {
            fault = e.Message;
            return false;
        }
    }
}
