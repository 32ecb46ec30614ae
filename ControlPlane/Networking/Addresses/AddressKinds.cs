using ControlPlane.Catalogue;
using ControlPlane.Networking.Allocation;
using ControlPlane.Objects;
using Shared.Json;
using k8s.Models;
using static ControlPlane.Catalogue.Printing.Column;

namespace ControlPlane.Networking.Addresses;

/// <summary>The addresses Services have, and the ranges those come from.</summary>
internal static class AddressKinds
{
    public static KindDefinition IpAddresses { get; } = KindOf.Cluster<V1IPAddress>("ip") with
    {
        Rules = [FieldRule.Immutable("spec.parentRef")],
        Strategy = new IpAddressStrategy(),
        Behaviour = ClaimKind.OfClaims,
        Columns =
        [
            Name,
            Text("ParentRef", address => string.Join('/', new[] { "group", "resource", "namespace", "name" }.Select(member => address.Text("spec", "parentRef", member)).Where(part => part.Length > 0))),
            Age,
        ],
    };

    public static KindDefinition ServiceCidrs { get; } = KindOf.Cluster<V1ServiceCIDR>() with
    {
        HasStatus = true,
        Rules = [FieldRule.Required("spec.cidrs")],
        Columns = [Name, Text("CIDRs", cidr => string.Join(',', cidr.Texts("spec", "cidrs"))), Age],
    };
}
