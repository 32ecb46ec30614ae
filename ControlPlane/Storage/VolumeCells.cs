using System.Text.Json.Nodes;
using ControlPlane.Catalogue.Printing;
using Shared.Json;

namespace ControlPlane.Storage;

/// <summary>What volumes and claims show alike.</summary>
internal static class VolumeCells
{
    public static string Phase(JsonObject @object) => @object.Has("metadata", "deletionTimestamp") ? "Terminating" : @object.Text("status", "phase");

    public static string StorageClass(JsonObject @object) =>
        Column.Or(@object.Text("metadata", "annotations", "volume.beta.kubernetes.io/storage-class"), @object.Text("spec", "storageClassName"));

    /// <summary>The modes of a spec or a status, short and in Kubernetes' order.</summary>
    public static string AccessModes(JsonNode? holder)
    {
        var given = holder.Texts("accessModes").ToHashSet(StringComparer.Ordinal);
        return string.Join(',', new[] { ("ReadWriteOnce", "RWO"), ("ReadOnlyMany", "ROX"), ("ReadWriteMany", "RWX"), ("ReadWriteOncePod", "RWOP") }
            .Where(mode => given.Contains(mode.Item1)).Select(mode => mode.Item2));
    }
}
