using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Admission.Images;

/// <summary>The credentials that a pod's node would pull an image with.</summary>
internal static class PodPullSecrets
{
    private const string DefaultAccount = "default";

    /// <summary>Those of the pod's pull secrets for a registry, or, as a new pod gets them, of its service account's; null for none.</summary>
    public static RegistryCredentials? For(IObjectView view, string @namespace, JsonObject spec, string registry)
    {
        foreach (var name in spec.HasElements("imagePullSecrets") ? spec.Objects("imagePullSecrets").Select(secret => secret.Text("name")) : OfAccount(view, @namespace, spec))
        {
            if (view.Get(new("", "secrets", @namespace, name)) is not { } secret) continue;
            if (ObjectLimits.ParseElement(secret.Json).At("data", RegistryCredentials.SecretKey) is not { ValueKind: JsonValueKind.String } data || !data.TryGetBytesFromBase64(out var config)) continue;
            if (RegistryCredentials.Find(config, registry) is { } found) return found;
        }
        return null;
    }

    private static IEnumerable<string> OfAccount(IObjectView view, string @namespace, JsonObject spec)
    {
        var account = spec.Text("serviceAccountName") is { Length: > 0 } named ? named : DefaultAccount;
        return view.Get(new("", "serviceaccounts", @namespace, account)) is not { } found
            ? []
            : [.. ObjectLimits.ParseElement(found.Json).Objects("imagePullSecrets").Select(secret => secret.Text("name"))];
    }
}
