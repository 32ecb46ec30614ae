using System.Collections.Immutable;
using ControlPlane.Objects;
using k8s.Models;

namespace ControlPlane.Catalogue.Kinds;

/// <summary>Kinds the control plane keeps for itself.</summary>
internal static class InternalKinds
{
    public static ImmutableArray<KindDefinition> Table { get; } =
    [
        // A thing that only one may have (a node's pod range), claimed by creating the object of its name.
        new()
        {
            Group = "internal.actors.io",
            Version = "v1",
            Kind = "Claim",
            Plural = "claims",
            Namespaced = false,
            Model = typeof(V1ConfigMap),
            Verbs = [],
            Internal = true,
        },
    ];
}
