using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Patching;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Workloads.Deployments;

/// <summary>
/// Beyond Kubernetes, and only where a Deployment asks for it by the annotation <see cref="OptIn"/>: its template carries a hash of what the ConfigMaps and Secrets say
/// that its containers and volumes refer to, so that a change of them is a rollout like any other, with its history and undo.
/// </summary>
internal static class ConfigRollout
{
    /// <summary>The annotation that asks for it, with the value <c>true</c>.</summary>
    public const string OptIn = "deployments.actors.io/roll-on-config-change";

    /// <summary>The annotation of the template that holds the hash.</summary>
    public const string Hash = "deployments.actors.io/config-hash";

    /// <summary>Whether the Deployment asks for it.</summary>
    public static bool Wanted(DeploymentState deployment) => deployment.Annotations.GetValueOrDefault(OptIn) == "true";

    /// <summary>The command that brings the hash up to date; null: it is.</summary>
    public static PatchObject? Command(DeploymentState deployment, IObjectView view, Requester by)
    {
        if (!Wanted(deployment)) return null;
        var hash = HashOf(deployment, view);
        if (deployment.Template.Text("metadata", "annotations", Hash) == hash) return null;
        var annotation = new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [Hash] = hash } } };
        return new(deployment.Stored.Key, new FieldPatch(new JsonObject { ["spec"] = new JsonObject { ["template"] = annotation } }), "", by) { Preconditions = new(deployment.Stored.Uid) };
    }

    private static string HashOf(DeploymentState deployment, IObjectView view)
    {
        var pod = new JsonObject { ["metadata"] = new JsonObject { ["namespace"] = deployment.Stored.Key.Namespace }, ["spec"] = JsonObject.Create(deployment.Template.At("spec")) };

        // What images are pulled with changes nothing for containers.
        var spec = (JsonObject)pod["spec"]!.DeepClone();
        spec.Remove("imagePullSecrets");
        pod["spec"] = spec;
        using var all = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var key in PodReferences.Of(pod).All.OrderBy(key => key.ToString(), StringComparer.Ordinal))
        {
            all.AppendData(Encoding.UTF8.GetBytes($"{key}\0"));
            if (view.Get(key) is { } found) all.AppendData(HashOf(found));
        }
        return Convert.ToHexStringLower(all.GetHashAndReset()[..16]);
    }

    // Who may read the Deployment must not be able to guess what a Secret says: its hash is keyed by its uid.
    private static byte[] HashOf(StoredObject config)
    {
        var root = ObjectLimits.ParseElement(config.Json);
        var text = new StringBuilder();
        foreach (var part in (ReadOnlySpan<string>)["data", "binaryData"])
        {
            foreach (var (name, value) in root.TextMap(part)) text.Append(part).Append('\0').Append(name).Append('\0').Append(value).Append('\0');
        }
        var bytes = Encoding.UTF8.GetBytes(text.ToString());
        return config.Key.Resource == "secrets" ? HMACSHA256.HashData(Encoding.UTF8.GetBytes(config.Uid), bytes) : SHA256.HashData(bytes);
    }
}
