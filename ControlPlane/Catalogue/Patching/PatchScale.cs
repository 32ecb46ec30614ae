using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Patching;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Catalogue.Patching;

/// <summary>Changes an object's number of replicas by a client's patch of its Scale.</summary>
public sealed record PatchScale(ClientPatch Patch) : IObjectPatch
{
    /// <inheritdoc/>
    public PatchOutcome Apply(JsonObject current, KindDefinition kind)
    {
        if (RequestBodies.Of(kind, "scale") is not { } scale) return ApiStatus.NoSuchPath();
        var outcome = Patch.Apply(ScaleView.Of(current, kind), scale);
        if (outcome.Object is not { } wanted) return outcome;
        var set = new ReplaceScale(wanted.Number("spec", "replicas") ?? 0).Apply(current, kind);
        // A version that the patch names is a condition; the decider compares it.
        if (set.Object is not null && wanted.Metadata().Text("resourceVersion") is { Length: > 0 } version) current.Metadata()["resourceVersion"] = version;
        return set.Object is null ? set : new PatchOutcome(set.Object, null) { Warnings = outcome.Warnings };
    }
}
