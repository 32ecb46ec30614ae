using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Catalogue;
using ControlPlane.Objects;
using Shared.Json;
using k8s.Models;
using static ControlPlane.Catalogue.Printing.Column;

namespace ControlPlane.Storage;

/// <summary>CSI drivers, what they are on nodes, and the room they have.</summary>
internal static class CsiKinds
{
    public static ImmutableArray<KindDefinition> Definitions { get; } =
    [
        KindOf.Cluster<V1CSIDriver>() with
        {
            Rules =
            [
                FieldRule.Defaulted("spec", new JsonObject()),
                FieldRule.Defaulted("spec.attachRequired", true),
                FieldRule.Defaulted("spec.podInfoOnMount", false),
                FieldRule.Defaulted("spec.storageCapacity", false),
                FieldRule.Defaulted("spec.requiresRepublish", false),
                FieldRule.Defaulted("spec.seLinuxMount", false),
                FieldRule.Defaulted("spec.fsGroupPolicy", "ReadWriteOnceWithFSType"),
                FieldRule.Defaulted("spec.volumeLifecycleModes", new JsonArray("Persistent")),
                FieldRule.Enumerated("spec.fsGroupPolicy", "File", "None", "ReadWriteOnceWithFSType"),
            ],
            Columns =
            [
                Name,
                Flag("AttachRequired", "attachRequired", absent: true),
                Flag("PodInfoOnMount", "podInfoOnMount"),
                Flag("StorageCapacity", "storageCapacity"),
                Text("TokenRequests", driver => Or(string.Join(',', driver.Items("spec", "tokenRequests").Select(request => request.Text("audience"))), Unset)),
                Flag("RequiresRepublish", "requiresRepublish"),
                Text("Modes", driver => Or(string.Join(',', driver.Texts("spec", "volumeLifecycleModes")), None)),
                Age,
            ],
        },
        KindOf.Cluster<V1CSINode>() with { HasStatus = true, Columns = [Name, Number("Drivers", node => node.Items("spec", "drivers").Count), Age] },
        KindOf.Namespaced<V1CSIStorageCapacity>() with
        {
            Rules = [FieldRule.Required("storageClassName")],
            Columns = [Name, Field("StorageClassName", "", "storageClassName"), Field("Capacity", Unset, "capacity")],
        },
    ];

    private static PrinterColumn Flag(string name, string member, bool absent = false) => new(name, "boolean", row => row.Object.Flag("spec", member) ?? absent);
}
