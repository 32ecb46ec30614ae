using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Shared.Json;

namespace Shared.Api;

/// <summary>
/// The ConfigMaps, Secrets and claims a pod uses: what a node needs to run it, and all that a node gets of them. Both sides go by this: what it does not name is
/// never sent, and what it names and was not sent does not exist.
/// </summary>
/// <param name="Volumes">Those that its volumes show.</param>
/// <param name="All">Those, and the ones in environments and pull secrets.</param>
public sealed record PodReferences(ImmutableArray<ObjectKey> Volumes, ImmutableArray<ObjectKey> All)
{
    private const string ConfigMaps = "configmaps";
    private const string Claims = "persistentvolumeclaims";
    private const string Secrets = "secrets";

    /// <summary>Reads a core/v1 Pod.</summary>
    public static PodReferences Of(JsonObject pod)
    {
        var found = new Found(pod.Text("metadata", "namespace"));
        foreach (var volume in pod.Objects("spec", "volumes"))
        {
            found.Add(ConfigMaps, volume.Text("configMap", "name"));
            found.Add(Secrets, volume.Text("secret", "secretName"));
            found.Add(Claims, volume.Text("persistentVolumeClaim", "claimName"));
            foreach (var source in volume.Objects("projected", "sources"))
            {
                found.Add(ConfigMaps, source.Text("configMap", "name"));
                found.Add(Secrets, source.Text("secret", "name"));
            }
        }
        ImmutableArray<ObjectKey> volumes = [.. found.Keys];
        foreach (var secret in pod.Objects("spec", "imagePullSecrets")) found.Add(Secrets, secret.Text("name"));
        foreach (var list in (ReadOnlySpan<string>)["initContainers", "containers", "ephemeralContainers"])
        {
            foreach (var container in pod.Objects("spec", list)) Environment(container, found);
        }
        return new(volumes, [.. found.Keys]);
    }

    private static void Environment(JsonObject container, Found found)
    {
        foreach (var from in container.Objects("envFrom"))
        {
            found.Add(ConfigMaps, from.Text("configMapRef", "name"));
            found.Add(Secrets, from.Text("secretRef", "name"));
        }
        foreach (var variable in container.Objects("env"))
        {
            found.Add(ConfigMaps, variable.Text("valueFrom", "configMapKeyRef", "name"));
            found.Add(Secrets, variable.Text("valueFrom", "secretKeyRef", "name"));
        }
    }

    private sealed class Found(string @namespace)
    {
        public List<ObjectKey> Keys { get; } = [];

        public void Add(string resource, string name)
        {
            var key = new ObjectKey("", resource, @namespace, name);
            if (name.Length > 0 && !Keys.Contains(key)) Keys.Add(key);
        }
    }
}
