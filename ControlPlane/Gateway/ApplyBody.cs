using System.Text.Json.Nodes;
using ControlPlane.Audit;
using ControlPlane.Catalogue.Decoding;
using ControlPlane.Catalogue.Patching;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Gateway;

/// <summary>What a request of server-side apply brings: its body and its parameters.</summary>
internal static class ApplyBody
{
    /// <summary>Whether a patch is an apply.</summary>
    public static bool IsMeant(GatewayRequest request) => (request.Http.Request.ContentType ?? "").Split(';')[0].Trim() == ClientPatch.ApplyPatchType;

    /// <summary>Whether it takes over fields that others have.</summary>
    public static bool Force(GatewayRequest request) => request.Query["force"] is ["true" or "1", ..];

    /// <summary>The body, decoded and with the name of the path. Fields that the kind has not are refused: nobody could own them.</summary>
    public static async Task<(JsonObject? Body, ApiStatus? Refusal)> Read(GatewayRequest request, KindDefinition kind)
    {
        if (request.Query["fieldManager"] is not [{ Length: > 0 }, ..]) return (null, Invalid(errors => errors.Required("fieldManager", "is required for apply patch")));
        if (!WriteHandler.Validation(request, out _, out var refusal)) return (null, refusal);
        var (bytes, tooLarge) = await request.ReadBody();
        if (tooLarge is not null) return (null, tooLarge);
        var decoded = ObjectDecoder.Decode(bytes, IsJson(bytes.Span) ? "application/json" : "application/yaml", kind, FieldValidation.Warn);
        AuditRecord.Of(request.Http)?.Sent(decoded.Object);
        if (decoded.Object is not { } body) return (null, decoded.Rejection);
        if (!decoded.Warnings.IsEmpty)
        {
            var place = kind.Namespaced ? $"{request.Info.Namespace}/{request.Info.Name}" : request.Info.Name;
            return (null, ApiStatus.BadRequest($"failed to create typed patch object ({place}; {kind.GroupVersion}, Kind={kind.Kind}): {string.Join("; ", decoded.Warnings)}"));
        }
        var metadata = body.Metadata();
        if (metadata.Has("managedFields")) return (null, ApiStatus.BadRequest("metadata.managedFields must be nil"));
        if (metadata.Text("name") is { Length: > 0 } name && name != request.Info.Name)
        {
            return (null, ApiStatus.BadRequest($"the name of the object ({name}) does not match the name on the URL ({request.Info.Name})"));
        }
        metadata["name"] = request.Info.Name;
        return (body, null);
    }

    /// <summary>422 for the options of a patch.</summary>
    public static ApiStatus Invalid(Action<FieldErrors> what)
    {
        var errors = new FieldErrors();
        what(errors);
        return ApiStatus.Invalid("meta.k8s.io", "PatchOptions", "", errors.Causes);
    }

    private static bool IsJson(ReadOnlySpan<byte> body) => body.TrimStart(" \t\r\n"u8) is [(byte)'{', ..];
}
