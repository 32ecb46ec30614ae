using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Catalogue;
using ControlPlane.Objects;
using Shared.Json;
using k8s.Models;
using static ControlPlane.Catalogue.Printing.Column;

namespace ControlPlane.Storage.Devices;

/// <summary>Devices that pods ask for: their classes, claims, and what nodes have.</summary>
internal static class DeviceKinds
{
    public static ImmutableArray<KindDefinition> Definitions { get; } =
    [
        KindOf.Cluster<V1DeviceClass>(),
        KindOf.Cluster<V1DeviceTaintRule>() with { HasStatus = true },
        KindOf.Namespaced<Resourcev1ResourceClaim>() with { Plural = "resourceclaims", HasStatus = true, Columns = [Name, Text("State", State), Age] },
        KindOf.Namespaced<V1ResourceClaimTemplate>(),
        KindOf.Cluster<V1ResourceSlice>() with
        {
            Columns = [Name, Field("Node", Unset, "spec", "nodeName"), Field("Driver", "", "spec", "driver"), Field("Pool", "", "spec", "pool", "name"), Age],
        },
    ];

    private static string State(JsonObject claim)
    {
        var states = new List<string>();
        if (claim.Has("metadata", "deletionTimestamp")) states.Add("deleted");
        states.Add(claim.At("status", "allocation") is null ? "pending" : "allocated");
        if (claim.Items("status", "reservedFor").Count > 0) states.Add("reserved");
        return string.Join(',', states);
    }
}
