using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using NodeActor.Pods.Machine;
using NodeActor.Runtime;
using Shared.Json;

namespace NodeActor.Pods.Specs;

/// <summary>Finds a registry's user and password in a pod's imagePullSecrets.</summary>
internal static class PullCredentials
{
    private const string DefaultRegistry = "docker.io";

    /// <summary>The credentials for an image's registry, or null if no secret has some.</summary>
    public static RegistryCredentials? For(PodState state, string image)
    {
        var registry = Registry(image);
        var objects = new ReferencedObjects(state);
        foreach (var reference in state.Definition?.Spec.ImagePullSecrets ?? [])
        {
            if (objects.Secret(reference.Name) is not { } secret || !secret.TryGetValue(".dockerconfigjson", out var config)) continue;
            if (Find(config, registry) is { } found) return found;
        }
        return null;
    }

    private static RegistryCredentials? Find(byte[] config, string registry)
    {
        try
        {
            var auths = JsonNode.Parse(config).Child("auths") ?? [];
            foreach (var (server, entry) in auths)
            {
                if (Host(server) != registry) continue;
                if (entry.At("username").TextOf() is { } user) return new(user, entry.Text("password"), server);
                var pair = Encoding.UTF8.GetString(Convert.FromBase64String(entry.Text("auth"))).Split(':', 2);
                if (pair.Length == 2) return new(pair[0], pair[1], server);
            }
            return null;
        }
        catch (Exception error) when (error is JsonException or FormatException)
        {
            // A broken secret is like none: the pull then says what the registry thinks of that.
            return null;
        }
    }

    private static string Registry(string image)
    {
        var first = image.Split('/')[0];
        return first != image && (first.Contains('.', StringComparison.Ordinal) || first.Contains(':', StringComparison.Ordinal) || first == "localhost") ? first : DefaultRegistry;
    }

    private static string Host(string server)
    {
        var host = server.Contains("://", StringComparison.Ordinal) ? server[(server.IndexOf("://", StringComparison.Ordinal) + 3)..] : server;
        host = host.Split('/')[0];
        return host == "index.docker.io" ? DefaultRegistry : host;
    }
}
