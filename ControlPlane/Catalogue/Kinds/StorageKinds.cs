using ControlPlane.Objects;
using k8s.Models;
using static ControlPlane.Catalogue.Kinds.KindEntry;

namespace ControlPlane.Catalogue.Kinds;

/// <summary>Volumes and devices: storage.k8s.io, storagemigration.k8s.io and resource.k8s.io.</summary>
internal static class StorageKinds
{
    public static IEnumerable<KindDefinition> Table =>
    [
        Cluster<V1CSIDriver>(),
        Cluster<V1CSINode>() with { HasStatus = true },
        Namespaced<V1CSIStorageCapacity>(),
        Cluster<V1StorageClass>("sc"),
        Cluster<V1VolumeAttachment>() with { HasStatus = true },
        Cluster<V1VolumeAttributesClass>("vac"),
        Cluster<V1StorageVersionMigration>() with { HasStatus = true },
        Cluster<V1DeviceClass>(),
        Cluster<V1DeviceTaintRule>() with { HasStatus = true },
        Namespaced<Resourcev1ResourceClaim>() with { Plural = "resourceclaims", HasStatus = true },
        Namespaced<V1ResourceClaimTemplate>(),
        Cluster<V1ResourceSlice>(),
    ];
}
