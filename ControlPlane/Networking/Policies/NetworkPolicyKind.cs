using ControlPlane.Catalogue;
using ControlPlane.Objects;
using Shared.Json;
using k8s.Models;
using static ControlPlane.Catalogue.Printing.Column;

namespace ControlPlane.Networking.Policies;

/// <summary>NetworkPolicies.</summary>
internal static class NetworkPolicyKind
{
    public static KindDefinition Definition { get; } = KindOf.Namespaced<V1NetworkPolicy>("netpol") with
    {
        Rules = [FieldRule.Defaulted("spec.ingress[].ports[].protocol", "TCP"), FieldRule.Defaulted("spec.egress[].ports[].protocol", "TCP")],
        Strategy = new NetworkPolicyStrategy(),
        Columns = [Name, Text("Pod-Selector", policy => Selector(policy.At("spec", "podSelector"))), Age],
    };
}
