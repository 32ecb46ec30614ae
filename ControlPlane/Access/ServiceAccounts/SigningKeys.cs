using System.Security.Cryptography;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Schemas;
using Microsoft.IdentityModel.Tokens;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Access.ServiceAccounts;

/// <summary>
/// The keys that service account tokens are signed with: internal objects, which all members of a cluster share as they share everything else, encrypted where they are stored as Secrets
/// are. The newest signs; all count.
/// </summary>
public static class SigningKeys
{
    private const int Bits = 2048;
    private const string Member = "privateKey";

    private static readonly Requester By = Requester.Controller("service-account-keys");

    /// <summary>Where they are kept.</summary>
    public static GroupResource Resource { get; } = new("internal.actors.io", "signingkeys");

    /// <summary>The kind of the objects.</summary>
    internal static KindDefinition Definition { get; } = new()
    {
        Group = Resource.Group,
        Version = "v1",
        Kind = "SigningKey",
        Plural = Resource.Resource,
        Namespaced = false,
        Schema = new(SchemaType.Object) { PreservesUnknown = true },
        Verbs = [],
        Internal = true,
    };

    /// <summary>Creates the first key where there is none; of several processes that do so at once one succeeds.</summary>
    internal static IEnumerable<CreateObject> Missing(IObjectView view)
    {
        if (view.List(Resource).Objects.Count > 0) yield break;
        using var key = RSA.Create(Bits);
        yield return new(
            new(Resource.Group, Resource.Resource, "", "service-accounts-1"),
            new JsonObject
            {
                ["apiVersion"] = $"{Resource.Group}/v1",
                ["kind"] = Definition.Kind,
                ["metadata"] = new JsonObject { ["name"] = "service-accounts-1" },
                [Member] = key.ExportPkcs8PrivateKeyPem(),
            },
            By);
    }

    /// <summary>The keys there are, the newest first.</summary>
    internal static IReadOnlyList<RsaSecurityKey> Of(IObjectView view) =>
        [.. view.List(Resource).Objects.OrderByDescending(stored => stored.Header.CreationTimestamp).Select(stored => stored.Project(Read))];

    // The identifier says which key it is and comes from the key alone: the hash of the public one, as Kubernetes has it.
    private static RsaSecurityKey Read(StoredObject stored)
    {
        var key = RSA.Create();
        key.ImportFromPem(ObjectLimits.ParseElement(stored.Json).Text(Member));
        return new(key) { KeyId = Base64UrlEncoder.Encode(SHA256.HashData(key.ExportSubjectPublicKeyInfo())) };
    }
}
