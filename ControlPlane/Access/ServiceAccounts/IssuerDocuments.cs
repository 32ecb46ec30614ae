using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using Microsoft.IdentityModel.Tokens;

namespace ControlPlane.Access.ServiceAccounts;

/// <summary>What others need to check service account tokens by themselves: OpenID discovery and the public keys.</summary>
public sealed class IssuerDocuments(IObjectView view)
{
    private const string Keys = "/openid/v1/jwks";

    /// <summary>The document at a path and its content type, or null.</summary>
    public (byte[] Body, string ContentType)? Find(string path) => path switch
    {
        "/.well-known/openid-configuration" => (Json(new JsonObject
        {
            ["issuer"] = TokenIssuer.Issuer,
            ["jwks_uri"] = $"{TokenIssuer.Issuer}{Keys}",
            ["response_types_supported"] = new JsonArray("id_token"),
            ["subject_types_supported"] = new JsonArray("public"),
            ["id_token_signing_alg_values_supported"] = new JsonArray("RS256"),
        }), "application/json"),
        Keys => (Json(new JsonObject { ["keys"] = new JsonArray([.. SigningKeys.Of(view).Select(Public)]) }), "application/jwk-set+json"),
        _ => null,
    };

    private static JsonNode Public(RsaSecurityKey key)
    {
        var parameters = key.Rsa.ExportParameters(includePrivateParameters: false);
        return new JsonObject
        {
            ["use"] = "sig",
            ["kty"] = "RSA",
            ["kid"] = key.KeyId,
            ["alg"] = "RS256",
            ["n"] = Base64UrlEncoder.Encode(parameters.Modulus),
            ["e"] = Base64UrlEncoder.Encode(parameters.Exponent),
        };
    }

    private static byte[] Json(JsonObject document) => JsonSerializer.SerializeToUtf8Bytes(document);
}
