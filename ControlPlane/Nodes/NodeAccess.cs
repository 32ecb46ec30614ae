using System.Text.Json.Nodes;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Nodes;

/// <summary>
/// What a node may read besides its pods: the objects those pods refer to, and nothing else. The rule of Kubernetes' node authoriser.
/// </summary>
public static class NodeAccess
{
    /// <summary>Whether a pod bound to the node refers to this object.</summary>
    public static bool MayRead(IObjectView view, NodeName node, ObjectKey key) =>
        key is { Group: "", Resource: "configmaps" or "secrets" or "serviceaccounts" or "persistentvolumeclaims" }
        && view.PodsOn(node.Value).Any(pod => pod.Key.Namespace == key.Namespace && References(pod).Contains((key.Resource, key.Name)));

    private static HashSet<(string Resource, string Name)> References(StoredObject pod)
    {
        var found = new HashSet<(string, string)>();
        if (pod.ToJsonObject()["spec"] is not JsonObject spec) return found;
        found.Add(("serviceaccounts", spec.Text("serviceAccountName") is { Length: > 0 } account ? account : "default"));
        foreach (var secret in Items(spec, "imagePullSecrets")) found.Add(("secrets", secret.Text("name")));
        foreach (var volume in Items(spec, "volumes"))
        {
            Source(volume, found);
            foreach (var projected in Items(volume["projected"] as JsonObject, "sources")) Source(projected, found);
        }
        foreach (var list in (ReadOnlySpan<string>)["initContainers", "containers", "ephemeralContainers"])
        {
            foreach (var container in Items(spec, list)) Environment(container, found);
        }
        return found;
    }

    private static void Source(JsonObject volume, HashSet<(string, string)> found)
    {
        if (volume["configMap"] is JsonObject map) found.Add(("configmaps", map.Text("name")));
        if (volume["secret"] is JsonObject secret) found.Add(("secrets", secret.Text("secretName") is { Length: > 0 } name ? name : secret.Text("name")));
        if (volume["persistentVolumeClaim"] is JsonObject claim) found.Add(("persistentvolumeclaims", claim.Text("claimName")));
    }

    private static void Environment(JsonObject container, HashSet<(string, string)> found)
    {
        foreach (var from in Items(container, "envFrom")) Reference(from, "configMapRef", "secretRef", found);
        foreach (var variable in Items(container, "env"))
        {
            if (variable["valueFrom"] is JsonObject from) Reference(from, "configMapKeyRef", "secretKeyRef", found);
        }
    }

    private static void Reference(JsonObject from, string mapMember, string secretMember, HashSet<(string, string)> found)
    {
        if (from[mapMember] is JsonObject map) found.Add(("configmaps", map.Text("name")));
        if (from[secretMember] is JsonObject secret) found.Add(("secrets", secret.Text("name")));
    }

    private static IEnumerable<JsonObject> Items(JsonObject? @object, string member) => @object?[member] is JsonArray items ? items.OfType<JsonObject>() : [];
}
