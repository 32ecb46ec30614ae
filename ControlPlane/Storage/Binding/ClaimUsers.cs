using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Storage.Binding;

/// <summary>Which pods use a claim.</summary>
internal static class ClaimUsers
{
    private static readonly GroupResource Pods = new("", "pods");

    /// <summary>Whether a pod that is placed and has not ended uses the claim. One that waits for a node does not keep a claim that is being deleted, as in Kubernetes.</summary>
    public static bool Any(ObjectKey claim, IObjectView view) => view.List(Pods, claim.Namespace).Any(pod =>
        pod.Header.NodeName.Length > 0 && !HasEnded(pod) && ClaimsOf(pod).Contains(claim.Name));

    public static bool HasEnded(StoredObject pod) => pod.Header.Phase is "Succeeded" or "Failed";

    /// <summary>The names of the claims of a pod. Costs little where there are none.</summary>
    public static IReadOnlyList<string> ClaimsOf(StoredObject pod)
    {
        if (pod.Json.Span.IndexOf("\"persistentVolumeClaim\""u8) < 0) return [];
        var names = new List<string>();
        foreach (var volume in ObjectLimits.ParseElement(pod.Json).Objects("spec", "volumes"))
        {
            if (volume.Text("persistentVolumeClaim", "claimName") is { Length: > 0 } name) names.Add(name);
        }
        return names;
    }
}
