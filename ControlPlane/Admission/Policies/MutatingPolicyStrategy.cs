using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;

namespace ControlPlane.Admission.Policies;

/// <summary>How MutatingAdmissionPolicies and their bindings are written: not at all, since nothing would come of them.</summary>
internal sealed class MutatingPolicyStrategy : KindStrategy
{
    public static MutatingPolicyStrategy Instance { get; } = new();

    /// <inheritdoc/>
    public override void Validate(JsonObject @object, FieldErrors errors) => errors.Forbidden(FieldPath.Of("spec"), "mutating admission policies are not carried out by this control plane yet");
}
