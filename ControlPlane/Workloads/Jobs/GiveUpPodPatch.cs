using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Workloads.Patches;
using Shared.Json;

namespace ControlPlane.Workloads.Jobs;

/// <summary>
/// Takes the tracking finalizer from a pod that is to be deleted without being counted. A pod that has ended meanwhile, or is being deleted by somebody else, keeps it:
/// it counts.
/// </summary>
public sealed record GiveUpPodPatch : IObjectPatch
{
    /// <inheritdoc/>
    public PatchOutcome Apply(JsonObject current, KindDefinition kind)
    {
        if (current.Text("status", "phase") is "Succeeded" or "Failed" || current.Has("metadata", "deletionTimestamp")) return current;
        FinalizerPatch.Remove(current.Metadata(), JobNames.Finalizer);
        return current;
    }
}
