using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using Shared.Json;

namespace ControlPlane.Admission.Policies;

/// <summary>How MutatingAdmissionPolicies are written.</summary>
internal sealed class MutatingPolicyStrategy : KindStrategy
{
    private const string ApplyConfiguration = "ApplyConfiguration", JsonPatch = "JSONPatch";

    /// <inheritdoc/>
    public override void ApplyDefaults(JsonObject @object) => PolicyTermRules.ApplyDefaults(@object);

    /// <inheritdoc/>
    public override void Validate(JsonObject @object, FieldErrors errors)
    {
        var spec = @object.Child("spec");
        var language = PolicyTermRules.Validate(spec, errors);
        PolicyMatchRules.NoDeletes(spec.Child("matchConstraints"), PolicyTermRules.Spec.Child("matchConstraints"), errors);
        var (at, index) = (PolicyTermRules.Spec.Child("mutations"), 0);
        if (!spec.HasElements("mutations")) errors.Required(at, "mutations must contain at least one item");
        foreach (var mutation in spec.Objects("mutations")) Mutation(mutation, at.Item(index++), language, errors);
        if (spec.Text("reinvocationPolicy").Length == 0) errors.Required(PolicyTermRules.Spec.Child("reinvocationPolicy"));
        FieldRules.OneOf(spec, "reinvocationPolicy", PolicyTermRules.Spec, errors, "IfNeeded", "Never");
    }

    private static void Mutation(JsonObject mutation, FieldPath at, PolicyLanguage language, FieldErrors errors)
    {
        switch (mutation.Text("patchType"))
        {
            case "":
                errors.Required(at.Child("patchType"));
                break;
            case ApplyConfiguration:
                One(mutation, ApplyConfiguration, "applyConfiguration", "jsonPatch", language.Configuration, at, errors);
                break;
            case JsonPatch:
                One(mutation, JsonPatch, "jsonPatch", "applyConfiguration", language.Patch, at, errors);
                break;
            case var other:
                errors.NotSupported(at.Child("patchType"), other, ApplyConfiguration, JsonPatch);
                break;
        }
    }

    private static void One(JsonObject mutation, string type, string member, string otherMember, Func<string, PolicyExpression> compile, FieldPath at, FieldErrors errors)
    {
        if (mutation.Child(member) is not { } one) errors.Required(at.Child(member), $"must be specified when patchType is {type}");
        else if (one.Text("expression") is var text && text.Trim().Length == 0) errors.Required(at.Child(member).Child("expression"));
        else PolicyTermRules.Expression(compile(text), at.Child(member).Child("expression"), errors);
        if (mutation.Has(otherMember)) errors.Invalid(at.Child(otherMember), $"{{{otherMember}}}", $"must not be specified when patchType is {type}");
    }
}
