using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Selectors;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Storage.Binding;

/// <summary>What is read of a PersistentVolumeClaim, parsed once per version.</summary>
public sealed class ClaimState
{
    public required StoredObject Stored { get; init; }

    /// <summary>Null where the claim names none; empty where it wants a volume without one.</summary>
    public required string? ClassName { get; init; }

    /// <summary>The volume it is bound to, or was made for; empty for none. Once written it never changes.</summary>
    public required string VolumeName { get; init; }
    public required ImmutableArray<string> AccessModes { get; init; }
    public required string VolumeMode { get; init; }
    public required string Requested { get; init; }
    public required long RequestedBytes { get; init; }

    /// <summary>What the labels of its volume must be.</summary>
    public required LabelSelector Selector { get; init; }
    public required ImmutableSortedDictionary<string, string> Annotations { get; init; }
    public required bool HasDataSource { get; init; }
    public required string AttributesClass { get; init; }
    public required JsonElement Status { get; init; }

    public ObjectKey Key => Stored.Key;
    public string Uid => Stored.Uid;
    public bool Deleting => Stored.Header.DeletionTimestamp is not null;
    public string SelectedNode => Annotations.GetValueOrDefault(StorageKeys.SelectedNode, "");
    public bool BindCompleted => Annotations.ContainsKey(StorageKeys.BindCompleted);
    public bool IsLost => Stored.Header.Phase == "Lost";

    /// <summary>Whether a volume is its own for good: pods may use it.</summary>
    public bool IsBound => VolumeName.Length > 0 && BindCompleted && !IsLost;

    /// <summary>The name of a volume that is made for the claim: always the same, so that it is never made twice.</summary>
    public string OwnVolume => $"pvc-{Uid}";

    public static ClaimState Of(StoredObject stored) => stored.Project(Read);

    private static ClaimState Read(StoredObject stored)
    {
        var root = ObjectLimits.ParseElement(stored.Json);
        var spec = root.At("spec");
        var requested = spec.Text("resources", "requests", "storage");
        var annotations = root.TextMap("metadata", "annotations");
        var named = spec.At("storageClassName");
        return new()
        {
            Stored = stored,
            ClassName = named.ValueKind == JsonValueKind.String ? named.GetString() : null,
            VolumeName = spec.Text("volumeName"),
            AccessModes = [.. spec.Texts("accessModes")],
            VolumeMode = spec.Text("volumeMode") is { Length: > 0 } mode ? mode : "Filesystem",
            Requested = requested,
            RequestedBytes = Quantities.TryParseValue(requested, out var bytes) ? bytes : 0,
            Selector = spec.Child("selector") is { } selector ? LabelSelector.From(JsonObject.Create(selector)) : LabelSelector.Everything,
            Annotations = annotations,
            HasDataSource = spec.Child("dataSource") is not null || spec.Child("dataSourceRef") is not null,
            AttributesClass = spec.Text("volumeAttributesClassName"),
            Status = root.At("status"),
        };
    }
}
