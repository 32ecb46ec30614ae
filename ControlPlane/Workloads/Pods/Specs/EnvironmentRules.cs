using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using Shared.Json;

namespace ControlPlane.Workloads.Pods.Specs;

/// <summary>What a container's environment must look like.</summary>
internal static class EnvironmentRules
{
    private const string NameMessage = "a valid environment variable name must consist only of printable ASCII characters other than '='";
    private static readonly string[] Sources = ["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"];

    private static readonly string[] Fields =
    [
        "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs",
    ];

    public static void Validate(JsonObject container, FieldPath path, FieldErrors errors)
    {
        if (container.List("env") is { } variables)
        {
            for (var i = 0; i < variables.Count; i++)
            {
                if (variables[i] is JsonObject variable) Variable(variable, path.Child("env").Item(i), errors);
            }
        }
        var index = 0;
        foreach (var source in container.Objects("envFrom"))
        {
            var at = path.Child("envFrom").Item(index++);
            FieldRules.Optional(source, "prefix", at, errors, NameFault);
            var (map, secret) = (source.Child("configMapRef"), source.Child("secretRef"));
            if (map is null && secret is null) errors.Invalid(at, "", "must specify one of: `configMapRef` or `secretRef`");
            if (map is not null && secret is not null) errors.Invalid(at, "", "may not have more than one field specified at a time");
            if (map is not null) FieldRules.Named(map, "name", at.Child("configMapRef"), errors, NameSyntax.DnsSubdomain);
            if (secret is not null) FieldRules.Named(secret, "name", at.Child("secretRef"), errors, NameSyntax.DnsSubdomain);
        }
    }

    /// <summary>The fault of a reference to a field of the pod; null if the field can be referred to.</summary>
    public static string? FieldFault(string field) =>
        Fields.Contains(field) || (field.EndsWith("']", StringComparison.Ordinal) && (field.StartsWith("metadata.labels['", StringComparison.Ordinal) || field.StartsWith("metadata.annotations['", StringComparison.Ordinal)))
            ? null
            : $"error converting fieldPath: field label not supported: {field}";

    private static void Variable(JsonObject variable, FieldPath path, FieldErrors errors)
    {
        FieldRules.Named(variable, "name", path, errors, NameFault);
        if (variable.Child("valueFrom") is not { } from) return;
        var at = path.Child("valueFrom");
        var given = Sources.Where(source => from.Has(source)).ToArray();
        if (given.Length == 0) errors.Invalid(at, "", "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`");
        else if (variable.Text("value").Length > 0) errors.Invalid(at, "", "may not be specified when `value` is not empty");
        else if (given.Length > 1) errors.Invalid(at, "", "may not have more than one field specified at a time");
        if (from.Child("fieldRef") is { } field)
        {
            var name = field.Text("fieldPath");
            if (name.Length == 0) errors.Required(at.Child("fieldRef").Child("fieldPath"));
            else if (FieldFault(name) is { } fault) errors.Invalid(at.Child("fieldRef").Child("fieldPath"), name, fault);
        }
        if (from.Child("resourceFieldRef") is { } resource) FieldRules.Required(resource, "resource", at.Child("resourceFieldRef"), errors);
        foreach (var member in (ReadOnlySpan<string>)["configMapKeyRef", "secretKeyRef"])
        {
            if (from.Child(member) is not { } reference) continue;
            FieldRules.Named(reference, "name", at.Child(member), errors, NameSyntax.DnsSubdomain);
            FieldRules.Named(reference, "key", at.Child(member), errors, LabelSyntax.ConfigKey);
        }
    }

    private static string? NameFault(string name) => name.All(c => c is >= ' ' and <= '~' and not '=') ? null : NameMessage;
}
