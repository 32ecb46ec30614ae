using System.Text.Json.Nodes;
using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Storage.Binding;

/// <summary>
/// The volume that is made for a claim: a directory of the node its first pod was placed on. The node makes the directory when it needs it; the volume only says which. Its
/// size is what was asked for and is not enforced: all directories share the node's disk.
/// </summary>
internal static class DirectoryVolume
{
    private static readonly string[] Served = ["ReadWriteOnce", "ReadWriteOncePod"];

    /// <summary>What the claim asks for that a directory is not; null: nothing.</summary>
    public static string? Fault(ClaimState claim, ClassState @class, StoredObject? node)
    {
        if (node is null) return $"volumeBindingMode of the class must be WaitForFirstConsumer: {NodeDirectory.Driver} makes a volume on the node of its first pod";
        if (claim.VolumeMode != "Filesystem") return $"{NodeDirectory.Driver} makes volumes of volumeMode Filesystem only";
        if (claim.AccessModes.FirstOrDefault(mode => !Served.Contains(mode)) is { } other) return $"{NodeDirectory.Driver} makes volumes for one node: accessMode {other} can not be had, ReadWriteOnce and ReadWriteOncePod can";
        if (claim.HasDataSource) return $"{NodeDirectory.Driver} makes empty volumes only: dataSource can not be had";
        if (!claim.Selector.IsEverything) return "claim.Spec.Selector is not supported for dynamic provisioning";
        if (claim.AttributesClass.Length > 0) return $"{NodeDirectory.Driver} has no volume attributes: volumeAttributesClassName can not be had";
        return @class.MayExpand ? $"{NodeDirectory.Driver} does not expand volumes: allowVolumeExpansion of the class must not be true" : null;
    }

    public static CreateObject Create(ClaimState claim, ClassState @class, StoredObject node, Requester by)
    {
        var volume = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "PersistentVolume",
            ["metadata"] = new JsonObject
            {
                ["name"] = claim.OwnVolume,
                ["annotations"] = new JsonObject { [StorageKeys.ProvisionedBy] = NodeDirectory.Driver },
                ["finalizers"] = new JsonArray(NodeDirectory.VolumeProtection, NodeDirectory.DataFinalizer),
            },
            ["spec"] = new JsonObject
            {
                ["capacity"] = new JsonObject { ["storage"] = claim.Requested },
                ["accessModes"] = new JsonArray([.. claim.AccessModes.Select(mode => (JsonNode)mode)]),
                ["persistentVolumeReclaimPolicy"] = @class.ReclaimPolicy,
                ["storageClassName"] = @class.Name,
                ["volumeMode"] = claim.VolumeMode,
                ["claimRef"] = BindingJson.Reference(claim.Key, claim.Uid),
                ["csi"] = new JsonObject
                {
                    ["driver"] = NodeDirectory.Driver,
                    ["volumeHandle"] = claim.OwnVolume,
                    ["volumeAttributes"] = new JsonObject { [NodeDirectory.NodeAttribute] = node.Key.Name },
                },
                ["nodeAffinity"] = Only(node),
            },
        };
        return new(StorageKeys.Volume(claim.OwnVolume), volume, by);
    }

    // By the label that Kubernetes' local volumes go by; a node without it is known by its name.
    private static JsonObject Only(StoredObject node)
    {
        const string Hostname = "kubernetes.io/hostname";
        var (list, key, value) = node.Header.Labels.TryGetValue(Hostname, out var label) ? ("matchExpressions", Hostname, label) : ("matchFields", "metadata.name", node.Key.Name);
        var expression = new JsonObject { ["key"] = key, ["operator"] = "In", ["values"] = new JsonArray(value) };
        return new() { ["required"] = new JsonObject { ["nodeSelectorTerms"] = new JsonArray(new JsonObject { [list] = new JsonArray(expression) }) } };
    }
}
