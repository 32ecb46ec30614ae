using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using Shared.Json;

namespace ControlPlane.Admission.Policies;

/// <summary>How ValidatingAdmissionPolicyBindings and MutatingAdmissionPolicyBindings are written.</summary>
/// <param name="mutating">Whether they are the latter: these have no actions, and nothing to do with deletes.</param>
internal sealed class PolicyBindingStrategy(bool mutating) : KindStrategy
{
    private static readonly FieldPath Spec = FieldPath.Of("spec");

    /// <inheritdoc/>
    public override void ApplyDefaults(JsonObject @object) => PolicyMatchRules.ApplyDefaults(@object.Child("spec", "matchResources"));

    /// <inheritdoc/>
    public override void Validate(JsonObject @object, FieldErrors errors)
    {
        var spec = @object.Child("spec");
        FieldRules.Named(spec, "policyName", Spec, errors, NameSyntax.DnsSubdomain);
        if (spec.Child("paramRef") is { } reference) Reference(reference, Spec.Child("paramRef"), errors);
        PolicyMatchRules.Validate(spec.Child("matchResources"), Spec.Child("matchResources"), errors);
        if (mutating) PolicyMatchRules.NoDeletes(spec.Child("matchResources"), Spec.Child("matchResources"), errors);
        else Actions(spec, Spec.Child("validationActions"), errors);
    }

    private static void Reference(JsonObject reference, FieldPath at, FieldErrors errors)
    {
        FieldRules.Optional(reference, "name", at, errors, NameSyntax.PathSegment);
        var (isNamed, isSelected) = (reference.Text("name").Length > 0, reference.Has("selector"));
        LabelSelectorRules.Validate(reference.Child("selector"), at.Child("selector"), errors);
        if (isNamed && isSelected)
        {
            errors.Forbidden(at.Child("name"), "name and selector are mutually exclusive");
            errors.Forbidden(at.Child("selector"), "name and selector are mutually exclusive");
        }
        else if (!isNamed && !isSelected) errors.Required(at, "one of name or selector must be specified");
        FieldRules.Required(reference, "parameterNotFoundAction", at, errors);
        FieldRules.OneOf(reference, "parameterNotFoundAction", at, errors, "Allow", "Deny");
    }

    private static void Actions(JsonObject? spec, FieldPath at, FieldErrors errors)
    {
        var (actions, index) = (new HashSet<string>(), 0);
        foreach (var action in spec.Texts("validationActions"))
        {
            var place = at.Item(index++);
            if (action is not ("Audit" or "Deny" or "Warn")) errors.NotSupported(place, action, "Audit", "Deny", "Warn");
            if (!actions.Add(action)) errors.Duplicate(place, action);
        }
        if (actions.Count == 0) errors.Required(at, "at least one validation action is required");
        if (actions.Contains("Deny") && actions.Contains("Warn"))
        {
            errors.Invalid(at, spec!["validationActions"], "must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)");
        }
    }
}
