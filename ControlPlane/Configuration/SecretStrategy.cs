using System.Text.Json.Nodes;
using ControlPlane.Access.ServiceAccounts;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using Shared.Json;

namespace ControlPlane.Configuration;

/// <summary>How Secrets are written: <c>stringData</c> is a way to write <c>data</c>, never stored.</summary>
public sealed class SecretStrategy : KindStrategy
{
    private static readonly FieldPath Data = FieldPath.Of("data");

    /// <inheritdoc/>
    public override void ApplyDefaults(JsonObject @object)
    {
        @object.Default("type", "Opaque");
        if (!@object.Remove("stringData", out var texts) || texts is not JsonObject { Count: > 0 } members) return;
        var data = @object.DefaultChild("data");
        foreach (var (key, text) in members) data[key] = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text.TextOf() ?? ""));
    }

    /// <inheritdoc/>
    public override void Validate(JsonObject @object, FieldErrors errors)
    {
        var data = @object.Child("data");
        if (DataRules.Base64(data, Data, errors) > DataRules.MaxBytes) errors.TooLong(Data, DataRules.MaxBytes);
        switch (@object.Text("type"))
        {
            case TokenSecrets.Type:
                if (@object.Metadata().Child("annotations").Text(TokenSecrets.AccountName).Length == 0) errors.Required(FieldPath.Of("metadata").Child("annotations").Key(TokenSecrets.AccountName));
                break;
            case "kubernetes.io/dockercfg":
                Needs(data, errors, ".dockercfg");
                break;
            case "kubernetes.io/dockerconfigjson":
                Needs(data, errors, ".dockerconfigjson");
                break;
            case "kubernetes.io/basic-auth" when !data.Has("username") && !data.Has("password"):
                Needs(data, errors, "username", "password");
                break;
            case "kubernetes.io/ssh-auth":
                Needs(data, errors, "ssh-privatekey");
                break;
            case "kubernetes.io/tls":
                Needs(data, errors, "tls.crt", "tls.key");
                break;
        }
    }

    /// <inheritdoc/>
    public override void ValidateUpdate(JsonObject updated, JsonObject current, FieldErrors errors) => DataRules.Immutable(updated, current, errors, "data");

    private static void Needs(JsonObject? data, FieldErrors errors, params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
        {
            if (!data.Has(key)) errors.Required(Data.Key(key));
        }
    }
}
