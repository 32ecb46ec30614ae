using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using Shared.Json;

namespace ControlPlane.Admission.Webhooks;

/// <summary>What the address of a webhook must look like.</summary>
internal static class WebhookClientRules
{
    private const string Form = "; desired format: https://host[/path]";
    private const long HttpsPort = 443;

    /// <summary>Adds every fault of a <c>clientConfig</c>.</summary>
    public static void Validate(JsonObject? client, FieldPath at, FieldErrors errors)
    {
        if (client.Has("url") == client.Has("service")) errors.Required(at, "exactly one of url or service is required");
        else if (client.Child("service") is { } service) Service(service, at.Child("service"), errors);
        else Url(client.Text("url"), at.Child("url"), errors);
    }

    private static void Url(string text, FieldPath at, FieldErrors errors)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url))
        {
            errors.Required(at, $"url must be a valid URL{Form}");
            return;
        }
        if (url.Scheme != Uri.UriSchemeHttps) errors.Invalid(at, url.Scheme, $"'https' is the only allowed URL scheme{Form}");
        if (url.Host.Length == 0) errors.Invalid(at, url.Host, $"host must be specified{Form}");
        if (url.UserInfo.Length > 0) errors.Invalid(at, url.UserInfo, "user information is not permitted in the URL");
        if (url.Fragment.Length > 0) errors.Invalid(at, url.Fragment, "fragments are not permitted in the URL");
        if (url.Query.Length > 0) errors.Invalid(at, url.Query, "query parameters are not permitted in the URL");
    }

    private static void Service(JsonObject service, FieldPath at, FieldErrors errors)
    {
        if (service.Text("name").Length == 0) errors.Required(at.Child("name"), "service name is required");
        if (service.Text("namespace").Length == 0) errors.Required(at.Child("namespace"), "service namespace is required");
        if (PortSyntax.Number(service.Number("port") ?? HttpsPort) is { } fault) errors.Invalid(at.Child("port"), service["port"], $"port is not valid: {fault}");
        Path(service.Text("path"), at.Child("path"), errors);
    }

    private static void Path(string path, FieldPath at, FieldErrors errors)
    {
        if (path is "" or "/") return;
        if (path[0] != '/')
        {
            errors.Invalid(at, path, "must start with a '/'");
            return;
        }
        var steps = (path.EndsWith('/') ? path[1..^1] : path[1..]).Split('/');
        for (var i = 0; i < steps.Length; i++)
        {
            if (steps[i].Length == 0) errors.Invalid(at, path, $"segment[{i}] may not be empty");
            else if (NameSyntax.DnsSubdomain(steps[i]) is { } fault) errors.Invalid(at, path, $"segment[{i}]: {fault}");
        }
    }
}
