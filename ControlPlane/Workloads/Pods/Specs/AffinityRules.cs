using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using Shared.Json;

namespace ControlPlane.Workloads.Pods.Specs;

/// <summary>What affinities must look like.</summary>
internal static class AffinityRules
{
    private const string Hard = "requiredDuringSchedulingIgnoredDuringExecution";
    private const string Soft = "preferredDuringSchedulingIgnoredDuringExecution";

    public static void Validate(JsonObject? affinity, FieldPath path, FieldErrors errors)
    {
        if (affinity is null) return;
        Nodes(affinity.Child("nodeAffinity"), path.Child("nodeAffinity"), errors);
        Pods(affinity.Child("podAffinity"), path.Child("podAffinity"), errors);
        Pods(affinity.Child("podAntiAffinity"), path.Child("podAntiAffinity"), errors);
    }

    private static void Nodes(JsonObject? affinity, FieldPath path, FieldErrors errors)
    {
        if (affinity.Child(Hard) is { } required)
        {
            var terms = path.Child(Hard).Child("nodeSelectorTerms");
            if (!required.HasElements("nodeSelectorTerms")) errors.Required(terms, "must have at least one node selector term");
            var index = 0;
            foreach (var term in required.Objects("nodeSelectorTerms")) NodeTerm(term, terms.Item(index++), errors);
        }
        var at = 0;
        foreach (var preference in affinity.Objects(Soft))
        {
            var item = path.Child(Soft).Item(at++);
            Weight(preference, item, errors);
            if (preference.Child("preference") is { } term) NodeTerm(term, item.Child("preference"), errors);
        }
    }

    private static void NodeTerm(JsonObject term, FieldPath path, FieldErrors errors)
    {
        foreach (var list in (ReadOnlySpan<string>)["matchExpressions", "matchFields"])
        {
            var index = 0;
            foreach (var expression in term.Objects(list)) NodeExpression(expression, path.Child(list).Item(index++), errors);
        }
    }

    private static void NodeExpression(JsonObject expression, FieldPath path, FieldErrors errors)
    {
        var count = expression.List("values")?.Count ?? 0;
        switch (expression.Text("operator"))
        {
            case "In" or "NotIn":
                if (count == 0) errors.Required(path.Child("values"), "must be specified when `operator` is 'In' or 'NotIn'");
                break;
            case "Exists" or "DoesNotExist":
                if (count > 0) errors.Forbidden(path.Child("values"), "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
                break;
            case "Gt" or "Lt":
                if (count != 1) errors.Required(path.Child("values"), "must be specified single value when `operator` is 'Lt' or 'Gt'");
                break;
            default:
                errors.Invalid(path.Child("operator"), expression.Text("operator"), "not a valid selector operator");
                break;
        }
        if (LabelSyntax.QualifiedName(expression.Text("key")) is { } fault) errors.Invalid(path.Child("key"), expression.Text("key"), fault);
    }

    private static void Pods(JsonObject? affinity, FieldPath path, FieldErrors errors)
    {
        var index = 0;
        foreach (var term in affinity.Objects(Hard)) PodTerm(term, path.Child(Hard).Item(index++), errors);
        index = 0;
        foreach (var preference in affinity.Objects(Soft))
        {
            var item = path.Child(Soft).Item(index++);
            Weight(preference, item, errors);
            if (preference.Child("podAffinityTerm") is { } term) PodTerm(term, item.Child("podAffinityTerm"), errors);
        }
    }

    private static void PodTerm(JsonObject term, FieldPath path, FieldErrors errors)
    {
        if (term.Text("topologyKey").Length == 0) errors.Required(path.Child("topologyKey"), "can not be empty");
        else FieldRules.Optional(term, "topologyKey", path, errors, LabelSyntax.QualifiedName);
        LabelSelectorRules.Validate(term.Child("labelSelector"), path.Child("labelSelector"), errors);
        LabelSelectorRules.Validate(term.Child("namespaceSelector"), path.Child("namespaceSelector"), errors);
    }

    private static void Weight(JsonObject preference, FieldPath path, FieldErrors errors)
    {
        if (preference.Number("weight") is not (>= 1 and <= 100)) errors.Invalid(path.Child("weight"), preference["weight"]?.DeepClone(), "must be in the range 1-100");
    }
}
