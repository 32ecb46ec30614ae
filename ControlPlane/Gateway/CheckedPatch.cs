using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using ControlPlane.Catalogue.Decoding;
using ControlPlane.Objects;
using ControlPlane.Objects.Patching;
using Shared.Api;

namespace ControlPlane.Gateway;

/// <summary>
/// A client's patch for the requested version of a kind. What it makes is checked against the kind's schema before it is accepted.
/// </summary>
public sealed class CheckedPatch : IObjectPatch
{
    private readonly ClientPatch _patch;
    private readonly KindDefinition _kind;
    private readonly FieldValidation _mode;

    private CheckedPatch(ClientPatch patch, KindDefinition kind, FieldValidation mode) => (_patch, _kind, _mode) = (patch, kind, mode);

    /// <summary>What was found wanting but let through, once the patch was applied.</summary>
    public IReadOnlyList<string> Warnings { get; private set; } = [];

    /// <summary>Reads a request's patch by its content type: 415 for one that is not known, 400 for one that cannot be read.</summary>
    public static bool TryRead(
        GatewayRequest request, KindDefinition kind, ReadOnlyMemory<byte> body, [NotNullWhen(true)] out CheckedPatch? patch, [NotNullWhen(false)] out ApiStatus? refusal)
    {
        patch = null;
        if (!WriteHandler.Validation(request, out var mode, out refusal)) return false;
        var mediaType = (request.Http.Request.ContentType ?? "").Split(';')[0].Trim();
        if (!ClientPatch.TryParse(mediaType, body, out var read, out refusal)) return false;
        patch = new(read, kind, mode);
        return true;
    }

    /// <inheritdoc/>
    public PatchOutcome Apply(JsonObject current, KindDefinition kind)
    {
        if (!AtOnce(_kind.FromStorage([current]), out var requested)) return Unconverted();
        var outcome = _patch.Apply(requested, _kind);
        if (outcome.Object is not { } patched) return outcome;
        var check = ObjectDecoder.Check(patched, _kind, _mode);
        Warnings = check.Warnings;
        if (check.Rejection is { } rejection) return rejection;
        return AtOnce(_kind.ToStorage([check.Object!]), out var stored) ? stored : Unconverted();
    }

    /// <summary>A patch is computed within the object's turn, where nothing can be awaited: only conversions that complete at once will do.</summary>
    private static bool AtOnce(ValueTask<IReadOnlyList<JsonObject>> conversion, [NotNullWhen(true)] out JsonObject? converted)
    {
        converted = conversion.IsCompletedSuccessfully ? conversion.Result[0] : null;
        return converted is not null;
    }

    private ApiStatus Unconverted() => ApiStatus.InternalError($"objects of {_kind.GroupVersion} {_kind.Kind} cannot be converted within a patch");
}
