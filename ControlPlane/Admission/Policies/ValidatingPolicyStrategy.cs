using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ControlPlane.Admission.Webhooks;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using Shared.Json;

namespace ControlPlane.Admission.Policies;

/// <summary>How ValidatingAdmissionPolicies are written. Expressions are compiled, so that one with a fault is refused with the place of the fault; as in Kubernetes, nothing is estimated: an object's size is not known.</summary>
internal sealed partial class ValidatingPolicyStrategy : KindStrategy
{
    private const int MostAnnotations = 20;
    private const int LongestValueExpression = 5 * 1024;
    private static readonly FieldPath Spec = FieldPath.Of("spec");

    private static readonly HashSet<string> Reserved =
        ["true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package", "namespace", "return", "var", "void", "while"];

    /// <inheritdoc/>
    public override void ApplyDefaults(JsonObject @object)
    {
        if (@object.Child("spec") is not { } spec) return;
        spec.Default("failurePolicy", "Fail");
        PolicyMatchRules.ApplyDefaults(spec.Child("matchConstraints"));
    }

    /// <inheritdoc/>
    public override void Validate(JsonObject @object, FieldErrors errors)
    {
        var spec = @object.Child("spec");
        FieldRules.OneOf(spec, "failurePolicy", Spec, errors, "Fail", "Ignore");
        if (spec.Child("paramKind") is { } kind) Kind(kind, Spec.Child("paramKind"), errors);
        var match = spec.Child("matchConstraints");
        if (match is null) errors.Required(Spec.Child("matchConstraints"));
        PolicyMatchRules.Validate(match, Spec.Child("matchConstraints"), errors);
        if (match is not null && !match.HasElements("resourceRules")) errors.Required(Spec.Child("matchConstraints").Child("resourceRules"));
        var language = new PolicyLanguage(spec.Has("paramKind"));
        WebhookMatchRules.Conditions(spec ?? [], Spec.Child("matchConditions"), text => language.Condition(text).Fault, errors);
        Variables(spec, language, errors);
        Annotations(spec, @object.Metadata().Text("name"), language, errors);
        if (!spec.HasElements("auditAnnotations") && !spec.HasElements("validations")) errors.Required(Spec.Child("validations"), "validations or auditAnnotations must contain at least one item");
        var index = 0;
        foreach (var validation in spec.Objects("validations")) Validation(validation, Spec.Child("validations").Item(index++), language, errors);
    }

    private static void Kind(JsonObject kind, FieldPath at, FieldErrors errors)
    {
        var version = kind.Text("apiVersion");
        if (version.Length == 0) errors.Required(at.Child("apiVersion"));
        else
        {
            switch (version.Split('/'))
            {
                case [var only]:
                    Version(only);
                    break;
                case [var group, var after]:
                    if (group.Length > 0 && NameSyntax.DnsSubdomain(group) is { } fault) errors.Invalid(at.Child("apiVersion"), group, fault);
                    Version(after);
                    break;
                default:
                    errors.Invalid(at.Child("apiVersion"), version, $"unexpected GroupVersion string: {version}");
                    break;
            }
        }
        FieldRules.Named(kind, "kind", at, errors, name => NameSyntax.DnsLabel1035(name.ToLowerInvariant()) is { } fault ? $"may have mixed case, but should otherwise match: {fault}" : null);

        void Version(string part)
        {
            if (part.Length == 0) errors.Invalid(at.Child("apiVersion"), version, "version must be specified");
            else if (NameSyntax.DnsLabel1035(part) is { } fault) errors.Invalid(at.Child("apiVersion"), part, fault);
        }
    }

    private static void Variables(JsonObject? spec, PolicyLanguage language, FieldErrors errors)
    {
        var (names, index) = (new HashSet<string>(), 0);
        foreach (var variable in spec.Objects("variables"))
        {
            var (at, name) = (Spec.Child("variables").Item(index++), variable.Text("name"));
            if (name.Trim().Length == 0) errors.Required(at.Child("name"), "name is not specified");
            else if (!Identifier().IsMatch(name) || Reserved.Contains(name)) errors.Invalid(at.Child("name"), name, "name is not a valid CEL identifier");
            else if (!names.Add(name)) errors.Duplicate(at.Child("name"), name);
            var text = variable.Text("expression");
            if (text.Trim().Length == 0) errors.Required(at.Child("expression"), "expression is not specified");
            else Expression(language.Variable(name, text), at.Child("expression"), errors);
        }
    }

    private static void Validation(JsonObject validation, FieldPath at, PolicyLanguage language, FieldErrors errors)
    {
        var (text, message, words) = (validation.Text("expression"), validation.Text("message"), validation.Text("messageExpression"));
        if (text.Trim().Length == 0) errors.Required(at.Child("expression"), "expression is not specified");
        else Expression(language.Validation(text), at.Child("expression"), errors);
        if (words.Length > 0 && words.Trim().Length == 0) errors.Invalid(at.Child("messageExpression"), words, "must be non-empty if specified");
        else if (words.Length > 0) Expression(language.Message(words), at.Child("messageExpression"), errors);
        if (message.Length > 0 && message.Trim().Length == 0) errors.Invalid(at.Child("message"), message, "message must be non-empty if specified");
        else if (message.Trim().AsSpan().ContainsAny('\n', '\r')) errors.Invalid(at.Child("message"), message, "message must not contain line breaks");
        FieldRules.OneOf(validation, "reason", at, errors, "Forbidden", "Invalid", "RequestEntityTooLarge", "Unauthorized");
    }

    private static void Annotations(JsonObject? spec, string policy, PolicyLanguage language, FieldErrors errors)
    {
        var (keys, index) = (new HashSet<string>(), 0);
        foreach (var annotation in spec.Objects("auditAnnotations"))
        {
            var (at, key, text) = (Spec.Child("auditAnnotations").Item(index++), annotation.Text("key"), annotation.Text("valueExpression"));
            if (key.Length == 0) errors.Required(at.Child("key"));
            else if (!keys.Add(key)) errors.Duplicate(at.Child("key"), key);
            else if (LabelSyntax.QualifiedName($"{policy}/{key}") is { } fault) errors.Invalid(at.Child("key"), key, fault);
            if (text.Trim().Length == 0) errors.Required(at.Child("valueExpression"), "valueExpression is not specified");
            else if (Encoding.UTF8.GetByteCount(text) > LongestValueExpression) errors.TooLong(at.Child("valueExpression"), LongestValueExpression);
            else Expression(language.Annotation(text), at.Child("valueExpression"), errors);
        }
        if (index > MostAnnotations) errors.TooMany(Spec.Child("auditAnnotations"), index, MostAnnotations);
    }

    private static void Expression(PolicyExpression expression, FieldPath at, FieldErrors errors)
    {
        if (expression.Fault is { } fault) errors.Invalid(at, expression.Text, fault);
    }

    [GeneratedRegex(@"\A[_a-zA-Z][_a-zA-Z0-9]*\z")]
    private static partial Regex Identifier();
}
