using System.Collections.Immutable;
using Shared.Api;

namespace NodeActor.Pods.Machine;

/// <summary>The ConfigMaps and Secrets a pod refers to.</summary>
public sealed record PodReferences(ImmutableHashSet<ObjectKey> Volumes, ImmutableHashSet<ObjectKey> All)
{
    private static readonly System.Runtime.CompilerServices.ConditionalWeakTable<PodDefinition, PodReferences> Known = [];

    /// <summary>The references of a pod: in its volumes, and anywhere (also environments and pull secrets).</summary>
    public static PodReferences Of(PodDefinition pod) => Known.GetValue(pod, Find);

    private static PodReferences Find(PodDefinition pod)
    {
        var volumes = InVolumes(pod).ToImmutableHashSet();
        return new(volumes, volumes.Union(InEnvironments(pod)).Union((pod.Spec.ImagePullSecrets ?? []).Select(one => pod.Sibling("secrets", one.Name))));
    }

    private static IEnumerable<ObjectKey> InVolumes(PodDefinition pod)
    {
        foreach (var volume in pod.Spec.Volumes ?? [])
        {
            if (volume.ConfigMap is { } map) yield return pod.Sibling("configmaps", map.Name);
            if (volume.Secret is { } secret) yield return pod.Sibling("secrets", secret.SecretName);
            foreach (var source in volume.Projected?.Sources ?? [])
            {
                if (source.ConfigMap is { } projectedMap) yield return pod.Sibling("configmaps", projectedMap.Name);
                if (source.Secret is { } projectedSecret) yield return pod.Sibling("secrets", projectedSecret.Name);
            }
        }
    }

    private static IEnumerable<ObjectKey> InEnvironments(PodDefinition pod)
    {
        foreach (var container in pod.Containers)
        {
            foreach (var from in container.Spec.EnvFrom ?? [])
            {
                if (from.ConfigMapRef is { } map) yield return pod.Sibling("configmaps", map.Name);
                if (from.SecretRef is { } secret) yield return pod.Sibling("secrets", secret.Name);
            }
            foreach (var one in container.Spec.Env ?? [])
            {
                if (one.ValueFrom?.ConfigMapKeyRef is { } map) yield return pod.Sibling("configmaps", map.Name);
                if (one.ValueFrom?.SecretKeyRef is { } secret) yield return pod.Sibling("secrets", secret.Name);
            }
        }
    }
}
