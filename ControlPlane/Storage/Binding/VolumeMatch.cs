using ControlPlane.Objects;

namespace ControlPlane.Storage.Binding;

/// <summary>Which volumes a claim can be bound to.</summary>
public static class VolumeMatch
{
    /// <summary>The smallest free volume that a claim can have, by name among equals; null: there is none.</summary>
    /// <param name="node">Where the claim's pods are to run; null: wherever the volume is.</param>
    public static VolumeState? Find(ClaimState claim, IEnumerable<VolumeState> volumes, StoredObject? node) => Find(claim, volumes, node?.Key.Name, node?.Header.Labels);

    /// <inheritdoc cref="Find(ClaimState, IEnumerable{VolumeState}, StoredObject?)"/>
    public static VolumeState? Find(ClaimState claim, IEnumerable<VolumeState> volumes, string? node, IReadOnlyDictionary<string, string>? labels)
    {
        VolumeState? best = null;
        foreach (var volume in volumes)
        {
            if (volume.Claim is not null || volume.Phase != "Available" || volume.Deleting || Fault(claim, volume) is not null) continue;
            if (!claim.Selector.Matches(volume.Stored.Header.Labels)) continue;
            if (node is not null && !volume.Admits(node, labels!)) continue;
            if (best is null || (volume.CapacityBytes, volume.Name).CompareTo((best.CapacityBytes, best.Name)) < 0) best = volume;
        }
        return best;
    }

    /// <summary>Why the volume is not what the claim asks for; null if it is.</summary>
    public static string? Fault(ClaimState claim, VolumeState volume) =>
        volume.ClassName != (claim.ClassName ?? "") ? "storageClassName does not match"
        : volume.VolumeMode != claim.VolumeMode ? "incompatible volumeMode"
        : volume.CapacityBytes < claim.RequestedBytes ? "requested PV is too small"
        : claim.AccessModes.Except(volume.AccessModes).Any() ? "incompatible accessMode"
        : null;
}
