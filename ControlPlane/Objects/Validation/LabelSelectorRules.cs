using System.Text.Json.Nodes;
using Shared.Json;

namespace ControlPlane.Objects.Validation;

/// <summary>What a meta/v1 LabelSelector must look like.</summary>
internal static class LabelSelectorRules
{
    public static void Validate(JsonObject? selector, FieldPath path, FieldErrors errors)
    {
        if (selector is null) return;
        FieldRules.Labels(selector.Child("matchLabels"), path.Child("matchLabels"), errors);
        var index = 0;
        foreach (var expression in selector.Objects("matchExpressions"))
        {
            Expression(expression, path.Child("matchExpressions").Item(index), errors);
            index++;
        }
    }

    /// <summary>Whether it selects by nothing at all, and so everything.</summary>
    public static bool IsEmpty(JsonObject selector) => selector.Child("matchLabels") is null or { Count: 0 } && !selector.HasElements("matchExpressions");

    private static void Expression(JsonObject expression, FieldPath path, FieldErrors errors)
    {
        switch (expression.Text("operator"))
        {
            case "In" or "NotIn":
                if (!expression.HasElements("values")) errors.Required(path.Child("values"), "must be specified when `operator` is 'In' or 'NotIn'");
                break;
            case "Exists" or "DoesNotExist":
                if (expression.HasElements("values")) errors.Forbidden(path.Child("values"), "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
                break;
            default:
                errors.Invalid(path.Child("operator"), expression["operator"]?.DeepClone(), "not a valid selector operator");
                break;
        }
        if (LabelSyntax.QualifiedName(expression.Text("key")) is { } badKey) errors.Invalid(path.Child("key"), expression.Text("key"), badKey);
        var index = 0;
        foreach (var value in expression.Texts("values"))
        {
            if (LabelSyntax.Value(value) is { } badValue) errors.Invalid(path.Child("values").Item(index), value, badValue);
            index++;
        }
    }
}
