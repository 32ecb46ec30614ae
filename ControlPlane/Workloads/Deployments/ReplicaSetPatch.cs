using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using Shared.Json;

namespace ControlPlane.Workloads.Deployments;

/// <summary>What a Deployment changes of its ReplicaSet. <paramref name="From"/> is the size it had when that was decided: for the event's words.</summary>
public sealed record ReplicaSetPatch(int From, int Replicas, int MinReadySeconds, ImmutableDictionary<string, string> Annotations) : IObjectPatch
{
    /// <inheritdoc/>
    public PatchOutcome Apply(JsonObject current, KindDefinition kind)
    {
        var spec = current.DefaultChild("spec");
        spec["replicas"] = Replicas;
        if (MinReadySeconds > 0) spec["minReadySeconds"] = MinReadySeconds;
        else spec.Remove("minReadySeconds");
        if (Annotations.Count == 0) return current;
        var metadata = current.Metadata();
        var annotations = metadata.DefaultChild("annotations");
        foreach (var (name, value) in Annotations) annotations[name] = value;
        return current;
    }
}
