using System.Collections.Immutable;
using System.Text.Json;
using ControlPlane.Objects;
using ControlPlane.Objects.Selectors;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Storage.Binding;

/// <summary>The claim a volume is for. Without a uid: for the one of this name that comes, as somebody wished.</summary>
public sealed record ClaimRef(string Namespace, string Name, string Uid)
{
    public ObjectKey Key => StorageKeys.Claim(Namespace, Name);

    /// <summary>Whether this is the claim that is meant.</summary>
    public bool Means(ClaimState claim) => Key == claim.Key && (Uid.Length == 0 || Uid == claim.Uid);
}

/// <summary>What is read of a PersistentVolume, parsed once per version.</summary>
public sealed class VolumeState
{
    public required StoredObject Stored { get; init; }
    public required string ClassName { get; init; }
    public required string Capacity { get; init; }
    public required long CapacityBytes { get; init; }
    public required ImmutableArray<string> AccessModes { get; init; }
    public required string VolumeMode { get; init; }
    public required string ReclaimPolicy { get; init; }

    /// <summary>Null: nobody's.</summary>
    public required ClaimRef? Claim { get; init; }

    /// <summary>Where its pods must run; null: anywhere.</summary>
    public required ImmutableArray<NodeSelectorTerm>? Nodes { get; init; }

    /// <summary>The CSI driver; empty for other kinds of volume.</summary>
    public required string Driver { get; init; }

    /// <summary>The node whose directory it is; empty for volumes of other drivers.</summary>
    public required string Node { get; init; }

    /// <summary>Who has made it; empty: somebody by hand.</summary>
    public required string ProvisionedBy { get; init; }
    public required bool BoundByController { get; init; }
    public required JsonElement Status { get; init; }

    public string Name => Stored.Key.Name;
    public bool Deleting => Stored.Header.DeletionTimestamp is not null;
    public string Phase => Stored.Header.Phase;
    public bool IsDirectory => Driver == NodeDirectory.Driver;

    /// <summary>Whether its node is to remove the directory: it is being deleted, no claim has it, and it is not to be retained.</summary>
    public bool MayBeRemoved => Deleting && IsDirectory && ReclaimPolicy == "Delete"
        && Stored.Header.Finalizers.Contains(NodeDirectory.DataFinalizer) && !Stored.Header.Finalizers.Contains(NodeDirectory.VolumeProtection);

    public static VolumeState Of(StoredObject stored) => stored.Project(Read);

    /// <summary>Whether its pods may run on a node.</summary>
    public bool Admits(string node, IReadOnlyDictionary<string, string> labels)
    {
        if (Nodes is not { } terms) return true;
        foreach (var term in terms)
        {
            if (term.Matches(node, labels)) return true;
        }
        return false;
    }

    private static VolumeState Read(StoredObject stored)
    {
        var root = ObjectLimits.ParseElement(stored.Json);
        var spec = root.At("spec");
        var annotations = root.TextMap("metadata", "annotations");
        var (claim, capacity, driver) = (spec.Child("claimRef"), spec.Text("capacity", "storage"), spec.Text("csi", "driver"));
        return new()
        {
            Stored = stored,
            ClassName = spec.Text("storageClassName"),
            Capacity = capacity,
            CapacityBytes = Quantities.TryParseValue(capacity, out var bytes) ? bytes : 0,
            AccessModes = [.. spec.Texts("accessModes")],
            VolumeMode = spec.Text("volumeMode") is { Length: > 0 } mode ? mode : "Filesystem",
            ReclaimPolicy = spec.Text("persistentVolumeReclaimPolicy") is { Length: > 0 } policy ? policy : "Retain",
            Claim = claim is { } found ? new(found.Text("namespace"), found.Text("name"), found.Text("uid")) : null,
            Nodes = spec.Child("nodeAffinity", "required") is { } required ? [.. required.Objects("nodeSelectorTerms").Select(NodeSelectorTerm.Read)] : null,
            Driver = driver,
            Node = driver == NodeDirectory.Driver ? spec.Text("csi", "volumeAttributes", NodeDirectory.NodeAttribute) : "",
            ProvisionedBy = annotations.GetValueOrDefault(StorageKeys.ProvisionedBy, ""),
            BoundByController = annotations.ContainsKey(StorageKeys.BoundByController),
            Status = root.At("status"),
        };
    }
}
