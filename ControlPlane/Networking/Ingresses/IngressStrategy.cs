using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using Shared.Json;

namespace ControlPlane.Networking.Ingresses;

/// <summary>How Ingresses are written.</summary>
public sealed class IngressStrategy : KindStrategy
{
    private static readonly FieldPath Spec = FieldPath.Of("spec");

    /// <inheritdoc/>
    public override void PrepareForCreate(JsonObject @object) => @object["status"] = new JsonObject { ["loadBalancer"] = new JsonObject() };

    /// <inheritdoc/>
    public override void Validate(JsonObject @object, FieldErrors errors)
    {
        var spec = @object.Child("spec") ?? [];
        if (!spec.HasElements("rules") && !spec.Has("defaultBackend")) errors.Invalid(Spec, spec, "either `defaultBackend` or `rules` must be specified");
        if (spec.Child("defaultBackend") is { } fallback) Backend(fallback, Spec.Child("defaultBackend"), errors);
        var index = 0;
        foreach (var rule in spec.Objects("rules"))
        {
            var at = Spec.Child("rules").Item(index++);
            var host = rule.Text("host");
            if (host.Length > 0 && NameSyntax.DnsSubdomain(host.StartsWith("*.", StringComparison.Ordinal) ? host[2..] : host) is { } fault) errors.Invalid(at.Child("host"), host, fault);
            if (rule.Child("http") is not { } http) continue;
            if (!http.HasElements("paths")) errors.Required(at.Child("http").Child("paths"));
            var i = 0;
            foreach (var path in http.Objects("paths")) Path(path, at.Child("http").Child("paths").Item(i++), errors);
        }
    }

    private static void Path(JsonObject path, FieldPath at, FieldErrors errors)
    {
        if (path.Text("pathType").Length == 0) errors.Required(at.Child("pathType"), "pathType must be specified");
        FieldRules.OneOf(path, "pathType", at, errors, "Exact", "ImplementationSpecific", "Prefix");
        if (path.Text("pathType") is "Exact" or "Prefix" && !path.Text("path").StartsWith('/')) errors.Invalid(at.Child("path"), path.Text("path"), "must be an absolute path");
        if (path.Child("backend") is { } backend) Backend(backend, at.Child("backend"), errors);
        else errors.Required(at.Child("backend"));
    }

    private static void Backend(JsonObject backend, FieldPath path, FieldErrors errors)
    {
        if (backend.Has("resource")) return;
        if (backend.Child("service") is not { } service)
        {
            errors.Required(path, "service or resource backend is required");
            return;
        }
        FieldRules.Named(service, "name", path.Child("service"), errors, NameSyntax.DnsLabel1035);
        var port = service.Child("port");
        if (port.Text("name").Length == 0 && port.Number("number") is null or 0) errors.Required(path.Child("service").Child("port"), "port name or number is required");
        FieldRules.Optional(port, "name", path.Child("service").Child("port"), errors, PortSyntax.Name);
    }
}
