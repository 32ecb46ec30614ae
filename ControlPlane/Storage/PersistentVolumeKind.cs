using ControlPlane.Catalogue;
using ControlPlane.Entities;
using ControlPlane.Objects;
using ControlPlane.Storage.Binding;
using Shared.Json;
using k8s.Models;
using static ControlPlane.Catalogue.Printing.Column;

namespace ControlPlane.Storage;

/// <summary>PersistentVolumes.</summary>
internal static class PersistentVolumeKind
{
    public static KindDefinition Definition { get; } = KindOf.Cluster<V1PersistentVolume>("pv") with
    {
        HasStatus = true,
        Rules =
        [
            FieldRule.Defaulted("spec.persistentVolumeReclaimPolicy", "Retain"),
            FieldRule.Defaulted("spec.volumeMode", "Filesystem"),
            FieldRule.Enumerated("spec.persistentVolumeReclaimPolicy", "Delete", "Recycle", "Retain"),
            FieldRule.Enumerated("spec.volumeMode", "Block", "Filesystem"),
        ],
        Strategy = new PersistentVolumeStrategy(),
        Behaviour = EntityBehaviour.Of(VolumeActor.Props) with { WakeRules = [new VolumeWakeRule()] },
        Columns =
        [
            Name,
            Field("Capacity", "", "spec", "capacity", "storage"),
            Text("Access Modes", volume => VolumeCells.AccessModes(volume.At("spec"))),
            Field("Reclaim Policy", "", "spec", "persistentVolumeReclaimPolicy"),
            Text("Status", VolumeCells.Phase),
            Text("Claim", volume => volume.At("spec", "claimRef") is { } claim ? $"{claim.Text("namespace")}/{claim.Text("name")}" : ""),
            Text("StorageClass", VolumeCells.StorageClass),
            Field("VolumeAttributesClass", Unset, "spec", "volumeAttributesClassName"),
            Field("Reason", "", "status", "reason"),
            Age,
            Wide(Field("VolumeMode", Unset, "spec", "volumeMode")),
        ],
    };
}
