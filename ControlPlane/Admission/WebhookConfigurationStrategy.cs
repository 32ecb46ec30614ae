using System.Text.Json.Nodes;
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
            if (!webhook.HasElements("admissionReviewVersions")) errors.Required(at.Child("admissionReviewVersions"), "must specify one of v1, v1beta1");
            FieldRules.Required(webhook, "sideEffects", at, errors);
            FieldRules.OneOf(webhook, "sideEffects", at, errors, "None", "NoneOnDryRun");
            FieldRules.OneOf(webhook, "failurePolicy", at, errors, "Fail", "Ignore");
            FieldRules.OneOf(webhook, "matchPolicy", at, errors, "Equivalent", "Exact");
            if (webhook.Number("timeoutSeconds") is not (>= 1 and <= 30)) errors.Invalid(at.Child("timeoutSeconds"), webhook["timeoutSeconds"], "the timeout value must be between 1 and 30 seconds");
            LabelSelectorRules.Validate(webhook.Child("namespaceSelector"), at.Child("namespaceSelector"), errors);
            LabelSelectorRules.Validate(webhook.Child("objectSelector"), at.Child("objectSelector"), errors);
            var client = webhook.Child("clientConfig");
            if (client.Text("url").Length > 0 == client.Has("service")) errors.Required(at.Child("clientConfig"), "exactly one of url or service is required");
        }
    }

    private static string? QualifiedDomain(string name) =>
        NameSyntax.DnsSubdomain(name) ?? (name.Split('.').Length < 3 ? "should be a domain with at least three segments separated by dots" : null);
}
