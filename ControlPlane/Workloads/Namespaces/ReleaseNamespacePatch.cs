using System.Text.Json.Nodes;
using ControlPlane.Objects;

namespace ControlPlane.Workloads.Namespaces;

/// <summary>Takes the finalizer of a namespace's contents out of <c>spec.finalizers</c>. The last one gone, the namespace is deleted.</summary>
public sealed record ReleaseNamespacePatch : IObjectPatch
{
    /// <inheritdoc/>
    public PatchOutcome Apply(JsonObject current, KindDefinition kind)
    {
        if ((current["spec"] as JsonObject)?["finalizers"] is JsonArray finalizers)
        {
            finalizers.RemoveAll(entry => entry is JsonValue value && value.TryGetValue<string>(out var name) && name == NamespaceReconciler.Finalizer);
        }
        return current;
    }
}
