using ControlPlane.Entities;
using ControlPlane.Objects;
using ControlPlane.Objects.Schemas;

namespace ControlPlane.Networking.Allocation;

/// <summary>A thing that only one may have (a node port, a node's pod range), claimed by creating the object of its name. The control plane keeps it for itself.</summary>
internal static class ClaimKind
{
    /// <summary>What whatever is claimed does: it goes when the claimant does.</summary>
    public static KindBehaviour OfClaims { get; } = EntityBehaviour.With(provider =>
    {
        var options = provider.GetRequiredService<ServiceNetworkOptions>();
        return (key, services) => ClaimActor.Props(key, services, options);
    });

    public static KindDefinition Definition { get; } = new()
    {
        Group = ServiceClaim.Others.Group,
        Version = "v1",
        Kind = "Claim",
        Plural = ServiceClaim.Others.Resource,
        Namespaced = false,
        Schema = new(SchemaType.Object) { PreservesUnknown = true },
        Verbs = [],
        Internal = true,
        Behaviour = OfClaims,
    };
}
