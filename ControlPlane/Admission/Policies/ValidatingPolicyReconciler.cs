using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Workloads.Patches;
using Shared.Json;

namespace ControlPlane.Admission.Policies;

/// <summary>Tells in the status of a ValidatingAdmissionPolicy what its expressions would find undefined in the kinds it names, once for each generation, as Kubernetes' controller of it does.</summary>
/// <param name="kinds">The kinds there are.</param>
internal sealed class ValidatingPolicyReconciler(IKinds kinds) : IReconciler
{
    private static readonly Requester Checker = Requester.Controller("validatingadmissionpolicy-status-controller");

    /// <inheritdoc/>
    public Plan Reconcile(StoredObject self, IObjectView view, DateTimeOffset now)
    {
        var tree = self.ToJsonObject();
        var generation = tree.Number("metadata", "generation") ?? 0;
        if (self.Header.DeletionTimestamp is not null || tree.Number("status", "observedGeneration") >= generation) return Plan.Nothing;
        var status = (JsonObject?)tree.Child("status")?.DeepClone() ?? [];
        status["observedGeneration"] = generation;
        status["typeChecking"] = PolicyTypeCheck.Warnings(tree.Child("spec"), kinds) is { Count: > 0 } warnings ? new JsonObject { ["expressionWarnings"] = warnings } : new JsonObject();
        return Plan.Nothing with { Commands = [new PatchObject(self.Key, new StatusPatch(status), "status", Checker) { Preconditions = new(self.Uid, self.Revision) }] };
    }
}
