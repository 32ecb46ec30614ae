using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;

namespace ControlPlane.Admission.Policies;

/// <summary>
/// How MutatingAdmissionPolicies and their bindings are written: not at all, since nothing would come of them. One that was stored before that was said can still be let go, and so may change outside of
/// its spec.
/// </summary>
internal sealed class MutatingPolicyStrategy : KindStrategy
{
    public static MutatingPolicyStrategy Instance { get; } = new();

    /// <inheritdoc/>
    public override void ValidateCreate(JsonObject @object, FieldErrors errors) => errors.Forbidden(FieldPath.Of("spec"), "mutating admission policies are not carried out by this control plane yet");

    /// <inheritdoc/>
    public override void ValidateUpdate(JsonObject updated, JsonObject current, FieldErrors errors)
    {
        if (!JsonNode.DeepEquals(updated["spec"], current["spec"])) ValidateCreate(updated, errors);
    }
}
