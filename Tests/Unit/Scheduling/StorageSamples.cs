using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Storage.Binding;
using Shared.Api;

namespace Tests.Unit.Scheduling;

/// <summary>Claims, volumes and classes as the cache would show them.</summary>
internal static class StorageSamples
{
    public static StoredObject Class(string name = "dirs", bool waits = true, string provisioner = NodeDirectory.Driver) => Some.Stored(StorageKeys.Class(name), Json($$"""
        {"metadata":{"name":"{{name}}" },"provisioner":"{{provisioner}}","volumeBindingMode":"{{(waits ? "WaitForFirstConsumer" : "Immediate")}}"}
        """));

    public static StoredObject Claim(string name = "data", string @class = "dirs", string volume = "", string node = "", bool deleting = false, string phase = "", string mode = "ReadWriteOnce")
    {
        var claim = Json($$"""
            {"metadata":{"name":"{{name}}","namespace":"default","uid":"uid-{{name}}","annotations":{} },
             "spec":{"storageClassName":"{{@class}}","accessModes":["{{mode}}"],"resources":{"requests":{"storage":"1Gi"} } },"status":{"phase":"{{(phase.Length > 0 ? phase : volume.Length > 0 ? "Bound" : "Pending")}}"} }
            """);
        if (volume.Length > 0) (claim["spec"]!["volumeName"], claim["metadata"]!["annotations"]![StorageKeys.BindCompleted]) = (volume, "yes");
        if (node.Length > 0) claim["metadata"]!["annotations"]![StorageKeys.SelectedNode] = node;
        if (deleting) claim["metadata"]!["deletionTimestamp"] = "2030-01-01T00:00:00Z";
        return Some.Stored(StorageKeys.Claim("default", name), claim);
    }

    public static StoredObject Volume(string name, string node = "", string claim = "data", string @class = "dirs")
    {
        var volume = Json($$"""
            {"metadata":{"name":"{{name}}","uid":"uid-{{name}}" },
             "spec":{"storageClassName":"{{@class}}","accessModes":["ReadWriteOnce"],"capacity":{"storage":"1Gi"},"hostPath":{"path":"/x"} },"status":{"phase":"{{(claim.Length > 0 ? "Bound" : "Available")}}"} }
            """);
        if (claim.Length > 0) volume["spec"]!["claimRef"] = Json($$"""{"namespace":"default","name":"{{claim}}","uid":"uid-{{claim}}"}""");
        if (node.Length > 0)
        {
            volume["spec"]!["nodeAffinity"] = Json($$$"""
                {"required":{"nodeSelectorTerms":[{"matchExpressions":[{"key":"kubernetes.io/hostname","operator":"In","values":["{{{node}}}"] }] }] } }
                """);
        }
        return Some.Stored(StorageKeys.Volume(name), volume);
    }

    /// <summary>A pod's spec with these claims.</summary>
    public static string Using(params string[] claims) => new JsonObject
    {
        ["volumes"] = new JsonArray([.. claims.Select(claim => new JsonObject { ["name"] = claim, ["persistentVolumeClaim"] = new JsonObject { ["claimName"] = claim } })]),
    }.ToJsonString();

    private static JsonObject Json(string json) => JsonNode.Parse(json)!.AsObject();
}
