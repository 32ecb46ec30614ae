using System.Text.Json.Nodes;
using ControlPlane.Catalogue;
using ControlPlane.Entities;
using ControlPlane.Objects;
using ControlPlane.Storage.Binding;
using Shared.Json;
using k8s.Models;
using static ControlPlane.Catalogue.Printing.Column;

namespace ControlPlane.Storage;

/// <summary>PersistentVolumeClaims.</summary>
internal static class PersistentVolumeClaimKind
{
    public static KindDefinition Definition { get; } = KindOf.Namespaced<V1PersistentVolumeClaim>("pvc") with
    {
        HasStatus = true,
        Rules = [FieldRule.Defaulted("spec.volumeMode", "Filesystem"), FieldRule.Enumerated("spec.volumeMode", "Block", "Filesystem")],
        Strategy = new PersistentVolumeClaimStrategy(),
        Behaviour = EntityBehaviour.Of(ClaimActor.Props) with { WakeRules = [new ClaimWakeRule()] },
        Columns =
        [
            Name,
            Text("Status", VolumeCells.Phase),
            Field("Volume", "", "spec", "volumeName"),
            Text("Capacity", claim => IsBound(claim) ? claim.Text("status", "capacity", "storage") : ""),
            Text("Access Modes", claim => IsBound(claim) ? VolumeCells.AccessModes(claim.At("status")) : ""),
            Text("StorageClass", VolumeCells.StorageClass),
            Field("VolumeAttributesClass", Unset, "spec", "volumeAttributesClassName"),
            Age,
            Wide(Field("VolumeMode", Unset, "spec", "volumeMode")),
        ],
    };

    private static bool IsBound(JsonObject claim) => claim.Text("spec", "volumeName").Length > 0;
}
