using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Shared.Json;

namespace Shared.Api;

/// <summary>A user and password for a registry.</summary>
/// <param name="Server">The registry, as it stands where they were found.</param>
public sealed record RegistryCredentials(string User, string Password, string Server)
{
    /// <summary>The key of a pull secret that holds a Docker configuration.</summary>
    public const string SecretKey = ".dockerconfigjson";

    /// <inheritdoc/>
    public override string ToString() => $"credentials for {Server}";

    /// <summary>The first entry of a Docker configuration for a registry; null if it has none. A broken configuration is like none: the registry then says what it thinks of that.</summary>
    /// <param name="config">The JSON of a <c>~/.docker/config.json</c>.</param>
    /// <param name="registry">A registry as of <see cref="ImageReference.Registry"/>.</param>
    public static RegistryCredentials? Find(ReadOnlySpan<byte> config, string registry)
    {
        try
        {
            foreach (var (server, entry) in JsonNode.Parse(config).Child("auths") ?? [])
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
            return null;
        }
    }

    private static string Host(string server)
    {
        var host = server.Contains("://", StringComparison.Ordinal) ? server[(server.IndexOf("://", StringComparison.Ordinal) + 3)..] : server;
        host = host.Split('/')[0];
        return host == ImageReference.OlderDefaultRegistry ? ImageReference.DefaultRegistry : host;
    }
}
