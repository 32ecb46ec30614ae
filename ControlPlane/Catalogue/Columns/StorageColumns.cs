using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Catalogue.Printing;
using ControlPlane.Objects;
using static ControlPlane.Catalogue.Columns.Column;

namespace ControlPlane.Catalogue.Columns;

/// <summary>Volumes, their classes and drivers, and devices.</summary>
internal static class StorageColumns
{
    public static ImmutableArray<PrinterColumn> PersistentVolumes { get; } =
    [
        Name,
        Field("Capacity", "", "spec", "capacity", "storage"),
        Text("Access Modes", volume => AccessModes(volume.At("spec"))),
        Field("Reclaim Policy", "", "spec", "persistentVolumeReclaimPolicy"),
        Text("Status", Phase),
        Text("Claim", volume => volume.At("spec", "claimRef") is { } claim ? $"{claim.Str("namespace")}/{claim.Str("name")}" : ""),
        Text("StorageClass", StorageClass),
        Field("VolumeAttributesClass", Unset, "spec", "volumeAttributesClassName"),
        Field("Reason", "", "status", "reason"),
        Age,
        Wide(Field("VolumeMode", Unset, "spec", "volumeMode")),
    ];

    public static ImmutableArray<PrinterColumn> PersistentVolumeClaims { get; } =
    [
        Name,
        Text("Status", Phase),
        Field("Volume", "", "spec", "volumeName"),
        Text("Capacity", claim => IsBound(claim) ? claim.Str("status", "capacity", "storage") : ""),
        Text("Access Modes", claim => IsBound(claim) ? AccessModes(claim.At("status")) : ""),
        Text("StorageClass", StorageClass),
        Field("VolumeAttributesClass", Unset, "spec", "volumeAttributesClassName"),
        Age,
        Wide(Field("VolumeMode", Unset, "spec", "volumeMode")),
    ];

    public static ImmutableArray<PrinterColumn> StorageClasses { get; } =
    [
        new("Name", "string", row => row.Object.Str("metadata", "name") + (IsDefault(row.Object) ? " (default)" : ""), Format: "name"),
        Field("Provisioner", "", "provisioner"),
        Field("ReclaimPolicy", "Delete", "reclaimPolicy"),
        Field("VolumeBindingMode", "Immediate", "volumeBindingMode"),
        new("AllowVolumeExpansion", "boolean", row => row.Object.Flag("allowVolumeExpansion") ?? false),
        Age,
    ];

    public static ImmutableArray<PrinterColumn> VolumeAttributesClasses { get; } = [Name, Field("DriverName", "", "driverName"), Age];

    public static ImmutableArray<PrinterColumn> VolumeAttachments { get; } =
    [
        Name,
        Field("Attacher", "", "spec", "attacher"),
        Field("PV", "", "spec", "source", "persistentVolumeName"),
        Field("Node", "", "spec", "nodeName"),
        new("Attached", "boolean", row => row.Object.Flag("status", "attached") ?? false),
        Age,
    ];

    public static ImmutableArray<PrinterColumn> CsiDrivers { get; } =
    [
        Name,
        new("AttachRequired", "boolean", row => row.Object.Flag("spec", "attachRequired") ?? true),
        new("PodInfoOnMount", "boolean", row => row.Object.Flag("spec", "podInfoOnMount") ?? false),
        new("StorageCapacity", "boolean", row => row.Object.Flag("spec", "storageCapacity") ?? false),
        Text("TokenRequests", driver => Or(string.Join(',', driver.List("spec", "tokenRequests").Select(request => request.Str("audience"))), Unset)),
        new("RequiresRepublish", "boolean", row => row.Object.Flag("spec", "requiresRepublish") ?? false),
        Text("Modes", driver => Or(string.Join(',', driver.Strings("spec", "volumeLifecycleModes")), None)),
        Age,
    ];

    public static ImmutableArray<PrinterColumn> CsiNodes { get; } = [Name, Number("Drivers", node => node.List("spec", "drivers").Count), Age];

    public static ImmutableArray<PrinterColumn> CsiStorageCapacities { get; } = [Name, Field("StorageClassName", "", "storageClassName"), Field("Capacity", Unset, "capacity")];

    public static ImmutableArray<PrinterColumn> StorageVersionMigrations { get; } =
    [
        Name,
        Text("Resource", migration => $"{migration.Str("spec", "resource", "resource")}.{migration.Str("spec", "resource", "group")}".TrimEnd('.')),
        Age,
    ];

    public static ImmutableArray<PrinterColumn> ResourceClaims { get; } = [Name, Text("State", ClaimState), Age];

    public static ImmutableArray<PrinterColumn> ResourceSlices { get; } =
    [
        Name,
        Field("Node", Unset, "spec", "nodeName"),
        Field("Driver", "", "spec", "driver"),
        Field("Pool", "", "spec", "pool", "name"),
        Age,
    ];

    private static bool IsBound(JsonObject claim) => claim.Str("spec", "volumeName").Length > 0;

    private static string Phase(JsonObject @object) => @object.IsDeleting() ? "Terminating" : @object.Str("status", "phase");

    private static string StorageClass(JsonObject @object) =>
        Or(@object.Str("metadata", "annotations", "volume.beta.kubernetes.io/storage-class"), @object.Str("spec", "storageClassName"));

    private static bool IsDefault(JsonObject @class) => @class.Str("metadata", "annotations", "storageclass.kubernetes.io/is-default-class") == "true";

    private static string AccessModes(JsonNode? holder)
    {
        var given = holder.Strings("accessModes").ToHashSet(StringComparer.Ordinal);
        return string.Join(',', new[] { ("ReadWriteOnce", "RWO"), ("ReadOnlyMany", "ROX"), ("ReadWriteMany", "RWX"), ("ReadWriteOncePod", "RWOP") }
            .Where(mode => given.Contains(mode.Item1)).Select(mode => mode.Item2));
    }

    private static string ClaimState(JsonObject claim)
    {
        var states = new List<string>();
        if (claim.IsDeleting()) states.Add("deleted");
        if (claim.At("status", "allocation") is null) states.Add("pending");
        else states.Add("allocated");
        if (claim.List("status", "reservedFor").Count > 0) states.Add("reserved");
        return string.Join(',', states);
    }
}
