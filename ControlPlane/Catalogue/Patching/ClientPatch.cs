using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Catalogue.Decoding;
using ControlPlane.Objects;
using ControlPlane.Objects.Patching;
using Shared.Api;

namespace ControlPlane.Catalogue.Patching;

/// <summary>The forms of patches that clients send.</summary>
public enum PatchFormat { Json, Merge, StrategicMerge }

/// <summary>
/// A client's patch as it was sent. What it makes is checked against the kind's schema before it is accepted.
/// </summary>
/// <param name="Format">How to read the body.</param>
/// <param name="Body">What the client sent; read in the object's actor, once.</param>
/// <param name="Validation">What becomes of fields the kind does not have.</param>
public sealed record ClientPatch(PatchFormat Format, JsonBytes Body, FieldValidation Validation) : IObjectPatch
{
    public const string JsonPatchType = "application/json-patch+json";
    public const string MergePatchType = "application/merge-patch+json";
    public const string StrategicMergePatchType = "application/strategic-merge-patch+json";

    /// <summary>Of server-side apply, which is no change to an object but a wish for what it should have.</summary>
    public const string ApplyPatchType = "application/apply-patch+yaml";

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = ObjectLimits.MaxDepth, AllowDuplicateProperties = false };

    /// <summary>The refusal of a strategic merge patch of a custom resource, whose merge keys clients do not know.</summary>
    public static ApiStatus NotStrategic { get; } = ApiStatus.UnsupportedMediaType(
        $"the body of the request was in an unknown format - accepted media types include: {JsonPatchType}, {MergePatchType}, {ApplyPatchType}");

    /// <summary>The format of a media type: 415 for one that is not known.</summary>
    public static bool TryFormat(string mediaType, out PatchFormat format, [NotNullWhen(false)] out ApiStatus? refusal)
    {
        PatchFormat? known = mediaType switch
        {
            JsonPatchType => PatchFormat.Json,
            MergePatchType => PatchFormat.Merge,
            StrategicMergePatchType => PatchFormat.StrategicMerge,
            _ => null,
        };
        format = known.GetValueOrDefault();
        refusal = known is not null ? null : ApiStatus.UnsupportedMediaType(
            $"the body of the request was in an unknown format - accepted media types include: {JsonPatchType}, {MergePatchType}, {StrategicMergePatchType}, {ApplyPatchType}");
        return refusal is null;
    }

    /// <inheritdoc/>
    public bool SeesManagedFields => Body.Utf8.Span.IndexOf("managedFields"u8) >= 0;

    /// <inheritdoc/>
    public PatchOutcome Apply(JsonObject current, KindDefinition kind)
    {
        var outcome = Change(current, kind);
        if (outcome.Object is not { } patched) return outcome;
        var check = ObjectDecoder.Check(patched, outcome.Touched, kind, Validation);
        return check.Rejection is { } rejection ? rejection : new PatchOutcome(check.Object, null) { Warnings = check.Warnings, Touched = outcome.Touched };
    }

    /// <summary>Carries the patch out without checking what it makes. A body that cannot be read, or is not what the format asks for, is 400.</summary>
    public PatchOutcome Change(JsonObject current, KindDefinition kind)
    {
        JsonNode? patch;
        try
        {
            patch = JsonNode.Parse(Body.Utf8.Span, documentOptions: Strict);
        }
        catch (JsonException fault)
        {
            return ApiStatus.BadRequest($"error decoding patch: {fault.Message}");
        }
        if (Format is PatchFormat.Json) return JsonPatch.Apply(current, patch);
        if (patch is not JsonObject change) return ApiStatus.BadRequest("error decoding patch: the patch must be a JSON object");
        if (Format is PatchFormat.StrategicMerge) return StrategicMergePatch.Apply(current, change, PatchSchema.Of(kind.Schema));
        MergePatch.Merge(current, change);
        return new PatchOutcome(current, null) { Touched = change.Select(member => member.Key).ToHashSet(StringComparer.Ordinal) };
    }
}
