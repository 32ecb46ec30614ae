using System.Text.Json.Nodes;
using ControlPlane.Objects;
using Shared.Json;

namespace ControlPlane.Workloads.Namespaces;

/// <summary>Takes the finalizer of a namespace's contents out of <c>spec.finalizers</c>. The last one gone, the namespace is deleted.</summary>
public sealed record ReleaseNamespacePatch : IObjectPatch
{
    /// <inheritdoc/>
    public PatchOutcome Apply(JsonObject current, KindDefinition kind)
    {
        current.List("spec", "finalizers")?.RemoveAll(entry => entry.TextOf() == NamespaceReconciler.Finalizer);
        return current;
    }
}
