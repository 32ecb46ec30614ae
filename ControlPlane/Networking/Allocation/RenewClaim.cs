using System.Text.Json.Nodes;
using ControlPlane.Objects;
using Shared.Json;

namespace ControlPlane.Networking.Allocation;

/// <summary>Claims anew what a Service has already: the claim counts as fresh, and a release that was decided before is refused.</summary>
public sealed record RenewClaim(DateTimeOffset At) : IObjectPatch
{
    public PatchOutcome Apply(JsonObject current, KindDefinition kind)
    {
        var metadata = current.Metadata();
        var annotations = metadata.DefaultChild("annotations");
        annotations[ServiceClaim.ClaimedAtAnnotation] = Rfc3339.Write(At);
        return current;
    }
}
