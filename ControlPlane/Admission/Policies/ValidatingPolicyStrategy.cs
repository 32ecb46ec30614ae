using System.Text;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using Shared.Json;

namespace ControlPlane.Admission.Policies;

/// <summary>How ValidatingAdmissionPolicies are written.</summary>
internal sealed class ValidatingPolicyStrategy : KindStrategy
{
    private const int MostAnnotations = 20;
    private const int LongestValueExpression = 5 * 1024;

    /// <inheritdoc/>
    public override void ApplyDefaults(JsonObject @object) => PolicyTermRules.ApplyDefaults(@object);

    /// <inheritdoc/>
    public override void Validate(JsonObject @object, FieldErrors errors)
    {
        var spec = @object.Child("spec");
        var language = PolicyTermRules.Validate(spec, errors);
        Annotations(spec, @object.Metadata().Text("name"), language, errors);
        if (!spec.HasElements("auditAnnotations") && !spec.HasElements("validations")) errors.Required(PolicyTermRules.Spec.Child("validations"), "validations or auditAnnotations must contain at least one item");
        var index = 0;
        foreach (var validation in spec.Objects("validations")) Validation(validation, PolicyTermRules.Spec.Child("validations").Item(index++), language, errors);
    }

    private static void Validation(JsonObject validation, FieldPath at, PolicyLanguage language, FieldErrors errors)
    {
        var (text, message, words) = (validation.Text("expression"), validation.Text("message"), validation.Text("messageExpression"));
        if (text.Trim().Length == 0) errors.Required(at.Child("expression"), "expression is not specified");
        else PolicyTermRules.Expression(language.Validation(text), at.Child("expression"), errors);
        if (words.Length > 0 && words.Trim().Length == 0) errors.Invalid(at.Child("messageExpression"), words, "must be non-empty if specified");
        else if (words.Length > 0) PolicyTermRules.Expression(language.Message(words), at.Child("messageExpression"), errors);
        if (message.Length > 0 && message.Trim().Length == 0) errors.Invalid(at.Child("message"), message, "message must be non-empty if specified");
        else if (message.Trim().AsSpan().ContainsAny('\n', '\r')) errors.Invalid(at.Child("message"), message, "message must not contain line breaks");
        FieldRules.OneOf(validation, "reason", at, errors, "Forbidden", "Invalid", "RequestEntityTooLarge", "Unauthorized");
    }

    private static void Annotations(JsonObject? spec, string policy, PolicyLanguage language, FieldErrors errors)
    {
        var (keys, index) = (new HashSet<string>(), 0);
        foreach (var annotation in spec.Objects("auditAnnotations"))
        {
            var (at, key, text) = (PolicyTermRules.Spec.Child("auditAnnotations").Item(index++), annotation.Text("key"), annotation.Text("valueExpression"));
            if (key.Length == 0) errors.Required(at.Child("key"));
            else if (!keys.Add(key)) errors.Duplicate(at.Child("key"), key);
            else if (LabelSyntax.QualifiedName($"{policy}/{key}") is { } fault) errors.Invalid(at.Child("key"), key, fault);
            if (text.Trim().Length == 0) errors.Required(at.Child("valueExpression"), "valueExpression is not specified");
            else if (Encoding.UTF8.GetByteCount(text) > LongestValueExpression) errors.TooLong(at.Child("valueExpression"), LongestValueExpression);
            else PolicyTermRules.Expression(language.Annotation(text), at.Child("valueExpression"), errors);
        }
        if (index > MostAnnotations) errors.TooMany(PolicyTermRules.Spec.Child("auditAnnotations"), index, MostAnnotations);
    }
}
