using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Storage.Binding;

/// <summary>What is read of a StorageClass, parsed once per version.</summary>
public sealed class ClassState
{
    public required StoredObject Stored { get; init; }
    public required string Provisioner { get; init; }
    public required string ReclaimPolicy { get; init; }

    /// <summary>Whether a claim gets its volume only when its first pod has been placed.</summary>
    public required bool Waits { get; init; }
    public required bool MayExpand { get; init; }
    public required bool IsDefault { get; init; }

    public string Name => Stored.Key.Name;

    /// <summary>Whether its volumes are made here.</summary>
    public bool IsDirectory => Provisioner == NodeDirectory.Driver;

    /// <summary>Whether somebody makes volumes of it on demand.</summary>
    public bool Provisions => Provisioner != StorageKeys.NoProvisioner;

    public static ClassState Of(StoredObject stored) => stored.Project(Read);

    /// <summary>The default class: the newest of those that say so, by Kubernetes' rule; null for none.</summary>
    public static ClassState? Default(IObjectView view) => view.List(StorageKeys.Classes).Objects.Select(Of).Where(found => found.IsDefault)
        .OrderByDescending(found => found.Stored.Header.CreationTimestamp).ThenBy(found => found.Name, StringComparer.Ordinal).FirstOrDefault();

    private static ClassState Read(StoredObject stored)
    {
        var root = ObjectLimits.ParseElement(stored.Json);
        return new()
        {
            Stored = stored,
            Provisioner = root.Text("provisioner"),
            ReclaimPolicy = root.Text("reclaimPolicy") is { Length: > 0 } policy ? policy : "Delete",
            Waits = root.Text("volumeBindingMode") == "WaitForFirstConsumer",
            MayExpand = root.Flag("allowVolumeExpansion") == true,
            IsDefault = root.Text("metadata", "annotations", StorageKeys.DefaultClass) == "true",
        };
    }
}
