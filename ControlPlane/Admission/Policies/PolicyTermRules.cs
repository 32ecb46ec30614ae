using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ControlPlane.Admission.Webhooks;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using Shared.Json;

namespace ControlPlane.Admission.Policies;

/// <summary>
/// What policies that judge and policies that change must look like alike. Expressions are compiled, so that one with a fault is refused with the place of the fault; as in Kubernetes, nothing is
/// estimated: an object's size is not known.
/// </summary>
internal static partial class PolicyTermRules
{
    /// <summary>Where a policy has everything.</summary>
    public static readonly FieldPath Spec = FieldPath.Of("spec");

    private static readonly HashSet<string> Reserved =
        ["true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package", "namespace", "return", "var", "void", "while"];

    /// <summary>Sets what is absent, in place.</summary>
    public static void ApplyDefaults(JsonObject @object)
    {
        if (@object.Child("spec") is not { } spec) return;
        spec.Default("failurePolicy", "Fail");
        PolicyMatchRules.ApplyDefaults(spec.Child("matchConstraints"));
    }

    /// <summary>Adds every fault of what both have; and compiles it, for what else there is.</summary>
    public static PolicyLanguage Validate(JsonObject? spec, FieldErrors errors)
    {
        FieldRules.OneOf(spec, "failurePolicy", Spec, errors, "Fail", "Ignore");
        if (spec.Child("paramKind") is { } kind) Kind(kind, Spec.Child("paramKind"), errors);
        var match = spec.Child("matchConstraints");
        if (match is null) errors.Required(Spec.Child("matchConstraints"));
        PolicyMatchRules.Validate(match, Spec.Child("matchConstraints"), errors);
        if (match is not null && !match.HasElements("resourceRules")) errors.Required(Spec.Child("matchConstraints").Child("resourceRules"));
        var language = new PolicyLanguage(spec.Has("paramKind"));
        WebhookMatchRules.Conditions(spec ?? [], Spec.Child("matchConditions"), text => language.Condition(text).Fault, errors);
        Variables(spec, language, errors);
        return language;
    }

    /// <summary>Adds the fault of an expression.</summary>
    public static void Expression(PolicyExpression expression, FieldPath at, FieldErrors errors)
    {
        if (expression.Fault is { } fault) errors.Invalid(at, expression.Text, fault);
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

    [GeneratedRegex(@"\A[_a-zA-Z][_a-zA-Z0-9]*\z")]
    private static partial Regex Identifier();
}
