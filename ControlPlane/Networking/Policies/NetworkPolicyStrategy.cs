using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using Shared.Json;

namespace ControlPlane.Networking.Policies;

/// <summary>How NetworkPolicies are written.</summary>
public sealed class NetworkPolicyStrategy : KindStrategy
{
    private static readonly FieldPath Spec = FieldPath.Of("spec");

    /// <inheritdoc/>
    public override void ApplyDefaults(JsonObject @object)
    {
        if (@object.Child("spec") is not { } spec) return;
        if (spec.HasElements("policyTypes")) return;
        var types = new JsonArray("Ingress");
        if (spec.HasElements("egress")) types.Add("Egress");
        spec["policyTypes"] = types;
    }

    /// <inheritdoc/>
    public override void Validate(JsonObject @object, FieldErrors errors)
    {
        var spec = @object.Child("spec");
        LabelSelectorRules.Validate(spec.Child("podSelector"), Spec.Child("podSelector"), errors);
        foreach (var type in spec.Texts("policyTypes"))
        {
            if (type is not ("Ingress" or "Egress")) errors.NotSupported(Spec.Child("policyTypes"), type, "Egress", "Ingress");
        }
    }
}
