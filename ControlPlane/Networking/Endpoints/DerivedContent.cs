using System.Text.Json.Nodes;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Networking.Endpoints;

/// <summary>
/// Replaces what an EndpointSlice or Endpoints object says by what was computed from a newer view. Refused if the object was written from a view
/// that is newer in any respect: a late or repeated write changes nothing.
/// </summary>
/// <param name="Basis">From what it was computed: an <see cref="EndpointBasis"/> as text.</param>
/// <param name="Json">The whole desired object; its labels are added to those there are, its other members outside metadata replace theirs.</param>
public sealed record DerivedContent(string Basis, string Json) : IObjectPatch
{
    public PatchOutcome Apply(JsonObject current, KindDefinition kind)
    {
        var metadata = current.Metadata();
        var annotations = metadata.DefaultChild("annotations");
        if (EndpointBasis.Parse(Basis).IsOlderThan(EndpointBasis.Parse(annotations.Text(EndpointBasis.Annotation))))
        {
            return ApiStatus.Conflict(new(kind.Group, kind.Plural, metadata.Text("namespace"), metadata.Text("name")), "it was computed from a newer view already");
        }
        var desired = JsonNode.Parse(Json)!.AsObject();
        var given = desired.Metadata();
        metadata.Overlay(given, "labels");
        metadata.Overlay(given, "annotations");
        if (given["ownerReferences"] is { } owners) metadata["ownerReferences"] = owners.DeepClone();
        foreach (var (member, value) in desired)
        {
            if (member is not ("metadata" or "apiVersion" or "kind")) current[member] = value?.DeepClone();
        }
        return current;
    }
}
