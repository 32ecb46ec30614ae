using System.Text.Json.Nodes;
using ControlPlane.Admission.Webhooks;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using Shared.Json;

namespace ControlPlane.Admission;

/// <summary>How ValidatingWebhookConfigurations and MutatingWebhookConfigurations are written.</summary>
/// <param name="mutating">Whether the webhooks may change what they are asked about, and so may be asked again.</param>
public sealed class WebhookConfigurationStrategy(bool mutating) : KindStrategy
{
    private const long TimeoutSeconds = 10;
    private const long HttpsPort = 443;
    private static readonly FieldPath Webhooks = FieldPath.Of("webhooks");

    /// <inheritdoc/>
    public override void ApplyDefaults(JsonObject @object)
    {
        foreach (var webhook in @object.Objects("webhooks"))
        {
            webhook.Default("failurePolicy", "Fail");
            webhook.Default("matchPolicy", "Equivalent");
            webhook.Default("timeoutSeconds", TimeoutSeconds);
            webhook.DefaultChild("namespaceSelector");
            webhook.DefaultChild("objectSelector");
            if (mutating) webhook.Default("reinvocationPolicy", "Never");
            webhook.Child("clientConfig").Child("service")?.Default("port", HttpsPort);
            foreach (var rule in webhook.Objects("rules")) rule.Default("scope", "*");
        }
    }

    /// <inheritdoc/>
    public override void Validate(JsonObject @object, FieldErrors errors)
    {
        var (names, index) = (new HashSet<string>(), 0);
        foreach (var webhook in @object.Objects("webhooks"))
        {
            var at = Webhooks.Item(index++);
            FieldRules.Named(webhook, "name", at, errors, QualifiedDomain);
            if (!names.Add(webhook.Text("name"))) errors.Duplicate(at.Child("name"), webhook.Text("name"));
            ReviewVersions(webhook, at.Child("admissionReviewVersions"), errors);
            FieldRules.Required(webhook, "sideEffects", at, errors);
            FieldRules.OneOf(webhook, "sideEffects", at, errors, "None", "NoneOnDryRun");
            FieldRules.OneOf(webhook, "failurePolicy", at, errors, "Fail", "Ignore");
            FieldRules.OneOf(webhook, "matchPolicy", at, errors, "Equivalent", "Exact");
            if (mutating) FieldRules.OneOf(webhook, "reinvocationPolicy", at, errors, "IfNeeded", "Never");
            if (webhook.Number("timeoutSeconds") is not (>= 1 and <= 30)) errors.Invalid(at.Child("timeoutSeconds"), webhook["timeoutSeconds"], "the timeout value must be between 1 and 30 seconds");
            LabelSelectorRules.Validate(webhook.Child("namespaceSelector"), at.Child("namespaceSelector"), errors);
            LabelSelectorRules.Validate(webhook.Child("objectSelector"), at.Child("objectSelector"), errors);
            WebhookClientRules.Validate(webhook.Child("clientConfig"), at.Child("clientConfig"), errors);
            WebhookMatchRules.Validate(webhook, at, MatchLanguage.Current, errors);
        }
    }

    private static void ReviewVersions(JsonObject webhook, FieldPath at, FieldErrors errors)
    {
        string[] versions = [.. webhook.Texts("admissionReviewVersions")];
        if (versions.Length == 0) errors.Required(at, "must specify one of v1");
        else if (!versions.Contains("v1")) errors.Invalid(at, webhook["admissionReviewVersions"], "must include at least one of v1");
        var seen = new HashSet<string>();
        for (var i = 0; i < versions.Length; i++)
        {
            if (!seen.Add(versions[i])) errors.Duplicate(at.Item(i), versions[i]);
            else if (NameSyntax.DnsLabel1035(versions[i]) is { } fault) errors.Invalid(at.Item(i), versions[i], fault);
        }
    }

    private static string? QualifiedDomain(string name) =>
        NameSyntax.DnsSubdomain(name) ?? (name.Split('.').Length < 3 ? "should be a domain with at least three segments separated by dots" : null);
}
