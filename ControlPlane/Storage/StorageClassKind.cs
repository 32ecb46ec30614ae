using System.Text.Json.Nodes;
using ControlPlane.Catalogue;
using ControlPlane.Objects;
using ControlPlane.Storage.Binding;
using Shared.Json;
using k8s.Models;
using static ControlPlane.Catalogue.Printing.Column;

namespace ControlPlane.Storage;

/// <summary>StorageClasses.</summary>
internal static class StorageClassKind
{
    public static KindDefinition Definition { get; } = KindOf.Cluster<V1StorageClass>("sc") with
    {
        Rules =
        [
            FieldRule.Defaulted("reclaimPolicy", "Delete"),
            FieldRule.Defaulted("volumeBindingMode", "Immediate"),
            FieldRule.Required("provisioner"),
            FieldRule.Enumerated("reclaimPolicy", "Delete", "Retain"),
            FieldRule.Enumerated("volumeBindingMode", "Immediate", "WaitForFirstConsumer"),
            .. new[] { "parameters", "provisioner", "reclaimPolicy", "volumeBindingMode" }.Select(member => FieldRule.Unchangeable(member, $"updates to {member} are forbidden.")),
        ],
        Strategy = new StorageClassStrategy(),
        Columns =
        [
            new("Name", "string", row => row.Object.Text("metadata", "name") + (IsDefault(row.Object) ? " (default)" : ""), Format: "name"),
            Field("Provisioner", "", "provisioner"),
            Field("ReclaimPolicy", "Delete", "reclaimPolicy"),
            Field("VolumeBindingMode", "Immediate", "volumeBindingMode"),
            new("AllowVolumeExpansion", "boolean", row => row.Object.Flag("allowVolumeExpansion") ?? false),
            Age,
        ],
    };

    private static bool IsDefault(JsonObject @class) => @class.Text("metadata", "annotations", StorageKeys.DefaultClass) == "true";
}
