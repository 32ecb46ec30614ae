using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using Shared.Json;

namespace ControlPlane.Admission.Webhooks;

/// <summary>What rules and match conditions of a webhook must look like.</summary>
internal static class WebhookMatchRules
{
    private const int MostConditions = 64;

    /// <summary>Adds every fault of a webhook's <c>rules</c> and <c>matchConditions</c>.</summary>
    /// <param name="language">The one that conditions are written in.</param>
    public static void Validate(JsonObject webhook, FieldPath at, IMatchConditions language, FieldErrors errors)
    {
        var index = 0;
        foreach (var rule in webhook.Objects("rules")) Rule(rule, at.Child("rules").Item(index++), errors);
        Conditions(webhook, at.Child("matchConditions"), language.Fault, errors);
    }

    /// <summary>Adds every fault of one rule.</summary>
    public static void Rule(JsonObject rule, FieldPath at, FieldErrors errors)
    {
        Words(rule, "operations", "operations", at, errors);
        var index = 0;
        foreach (var operation in rule.Texts("operations"))
        {
            var place = at.Child("operations").Item(index++);
            if (operation is not (WebhookRule.Any or "CONNECT" or "CREATE" or "DELETE" or "UPDATE")) errors.NotSupported(place, operation, "*", "CONNECT", "CREATE", "DELETE", "UPDATE");
        }
        Words(rule, "apiGroups", "API groups", at, errors);
        Words(rule, "apiVersions", "API versions", at, errors);
        index = 0;
        foreach (var version in rule.Texts("apiVersions"))
        {
            if (version.Length == 0) errors.Required(at.Child("apiVersions").Item(index));
            index++;
        }
        Resources(rule, at.Child("resources"), errors);
        FieldRules.OneOf(rule, "scope", at, errors, "*", "Cluster", "Namespaced");
    }

    private static void Words(JsonObject rule, string member, string what, FieldPath at, FieldErrors errors)
    {
        string[] words = [.. rule.Texts(member)];
        if (words.Length == 0) errors.Required(at.Child(member));
        else if (words.Length > 1 && words.Contains(WebhookRule.Any)) errors.Invalid(at.Child(member), rule[member], $"if '*' is present, must not specify other {what}");
    }

    private static void Resources(JsonObject rule, FieldPath at, FieldErrors errors)
    {
        string[] resources = [.. rule.Texts("resources")];
        if (resources.Length == 0) errors.Required(at);
        var (anyBelow, belowAny, plain) = (new HashSet<string>(), new HashSet<string>(), false);
        for (var i = 0; i < resources.Length; i++)
        {
            var text = resources[i];
            if (text.Length == 0) errors.Required(at.Item(i));
            if (!text.Contains('/'))
            {
                plain |= text != WebhookRule.Any;
                continue;
            }
            var (resource, sub) = WebhookRule.Split(text);
            if (anyBelow.Contains(resource)) errors.Invalid(at.Item(i), text, $"if '{resource}/*' is present, must not specify {text}");
            if (belowAny.Contains(sub)) errors.Invalid(at.Item(i), text, $"if '*/{sub}' is present, must not specify {text}");
            if (sub == WebhookRule.Any) anyBelow.Add(resource);
            if (resource == WebhookRule.Any) belowAny.Add(sub);
        }
        if (resources.Length > 1 && resources.Contains("*/*")) errors.Invalid(at, rule["resources"], "if '*/*' is present, must not specify other resources");
        if (plain && resources.Contains(WebhookRule.Any)) errors.Invalid(at, rule["resources"], "if '*' is present, must not specify other resources without subresources");
    }

    /// <summary>Adds every fault of <c>matchConditions</c>.</summary>
    /// <param name="faultOf">What is wrong with an expression; null for nothing.</param>
    public static void Conditions(JsonObject webhook, FieldPath at, Func<string, string?> faultOf, FieldErrors errors)
    {
        if (webhook.Items("matchConditions").Count is > MostConditions and var many) errors.TooMany(at, many, MostConditions);
        var (names, index) = (new HashSet<string>(), 0);
        foreach (var condition in webhook.Objects("matchConditions").Take(MostConditions))
        {
            var place = at.Item(index++);
            FieldRules.Named(condition, "name", place, errors, LabelSyntax.QualifiedName);
            if (condition.Text("name") is { Length: > 0 } name && !names.Add(name)) errors.Duplicate(place.Child("name"), name);
            var expression = condition.Text("expression");
            if (expression.Trim().Length == 0) errors.Required(place.Child("expression"));
            else if (faultOf(expression) is { } fault) errors.Invalid(place.Child("expression"), expression, fault);
        }
    }
}
