using NodeActor.Pods.Machine;
using Shared.Api;

namespace NodeActor.Pods.Specs;

/// <summary>Finds a registry's user and password in a pod's imagePullSecrets.</summary>
internal static class PullCredentials
{
    /// <summary>The credentials for an image's registry, or null if no secret has some.</summary>
    public static RegistryCredentials? For(PodState state, string image)
    {
        if (ImageReference.Parse(image) is not { Registry: var registry }) return null;
        var objects = new ReferencedObjects(state);
        foreach (var reference in state.Definition?.Spec.ImagePullSecrets ?? [])
        {
            if (objects.Secret(reference.Name) is not { } secret || !secret.TryGetValue(RegistryCredentials.SecretKey, out var config)) continue;
            if (RegistryCredentials.Find(config, registry) is { } found) return found;
        }
        return null;
    }
}
