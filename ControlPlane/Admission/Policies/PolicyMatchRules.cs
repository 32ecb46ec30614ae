using System.Text.Json.Nodes;
using ControlPlane.Admission.Webhooks;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using Shared.Json;

namespace ControlPlane.Admission.Policies;

/// <summary>What MatchResources of policies and bindings must look like.</summary>
internal static class PolicyMatchRules
{
    /// <summary>Sets what is absent, in place.</summary>
    public static void ApplyDefaults(JsonObject? match)
    {
        if (match is null) return;
        match.Default("matchPolicy", "Equivalent");
        match.DefaultChild("namespaceSelector");
        match.DefaultChild("objectSelector");
        foreach (var rule in match.Objects("resourceRules").Concat(match.Objects("excludeResourceRules"))) rule.Default("scope", "*");
    }

    /// <summary>Adds every fault.</summary>
    public static void Validate(JsonObject? match, FieldPath at, FieldErrors errors)
    {
        FieldRules.OneOf(match, "matchPolicy", at, errors, "Equivalent", "Exact");
        LabelSelectorRules.Validate(match.Child("namespaceSelector"), at.Child("namespaceSelector"), errors);
        LabelSelectorRules.Validate(match.Child("objectSelector"), at.Child("objectSelector"), errors);
        foreach (var member in (string[])["resourceRules", "excludeResourceRules"])
        {
            var index = 0;
            foreach (var rule in match.Objects(member))
            {
                var place = at.Child(member).Item(index++);
                Names(rule, place.Child("resourceNames"), errors);
                WebhookMatchRules.Rule(rule, place, errors);
            }
        }
    }

    /// <summary>Adds the fault of every rule that means deletes, where nothing could be done about them.</summary>
    public static void NoDeletes(JsonObject? match, FieldPath at, FieldErrors errors)
    {
        foreach (var rule in match.Objects("resourceRules"))
        {
            if (rule.Texts("operations").Contains("DELETE")) errors.NotSupported(at.Child("resourceRules").Child("operations"), "DELETE", "*", "CONNECT", "CREATE", "UPDATE");
        }
    }

    private static void Names(JsonObject rule, FieldPath at, FieldErrors errors)
    {
        var (seen, index) = (new HashSet<string>(), 0);
        foreach (var name in rule.Texts("resourceNames"))
        {
            var place = at.Item(index++);
            if (NameSyntax.PathSegment(name) is { } fault) errors.Invalid(place, name, fault);
            if (!seen.Add(name)) errors.Duplicate(place, name);
        }
    }
}
