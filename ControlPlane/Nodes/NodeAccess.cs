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
        if (pod.ToJsonObject().Child("spec") is not { } spec) return found;
        found.Add(("serviceaccounts", spec.Text("serviceAccountName") is { Length: > 0 } account ? account : "default"));
        foreach (var secret in spec.Objects("imagePullSecrets")) found.Add(("secrets", secret.Text("name")));
        foreach (var volume in spec.Objects("volumes"))
        {
            Source(volume, found);
            foreach (var projected in volume.Objects("projected", "sources")) Source(projected, found);
        }
        foreach (var list in (ReadOnlySpan<string>)["initContainers", "containers", "ephemeralContainers"])
        {
            foreach (var container in spec.Objects(list)) Environment(container, found);
        }
        return found;
    }

    private static void Source(JsonObject volume, HashSet<(string, string)> found)
    {
        if (volume.Child("configMap") is { } map) found.Add(("configmaps", map.Text("name")));
        if (volume.Child("secret") is { } secret) found.Add(("secrets", secret.Text("secretName") is { Length: > 0 } name ? name : secret.Text("name")));
        if (volume.Child("persistentVolumeClaim") is { } claim) found.Add(("persistentvolumeclaims", claim.Text("claimName")));
    }

    private static void Environment(JsonObject container, HashSet<(string, string)> found)
    {
        foreach (var from in container.Objects("envFrom")) Reference(from, "configMapRef", "secretRef", found);
        foreach (var variable in container.Objects("env"))
        {
            if (variable.Child("valueFrom") is { } from) Reference(from, "configMapKeyRef", "secretKeyRef", found);
        }
    }

    private static void Reference(JsonObject from, string mapMember, string secretMember, HashSet<(string, string)> found)
    {
        if (from.Child(mapMember) is { } map) found.Add(("configmaps", map.Text("name")));
        if (from.Child(secretMember) is { } secret) found.Add(("secrets", secret.Text("name")));
    }
}
