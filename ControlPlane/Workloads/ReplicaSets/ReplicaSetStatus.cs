using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Shared.Api;

namespace ControlPlane.Workloads.ReplicaSets;

/// <summary>Builds a ReplicaSet's status. Counts of zero are left out, except <c>replicas</c>, as Kubernetes writes it.</summary>
internal static class ReplicaSetStatus
{
    public const string ReplicaFailure = "ReplicaFailure";

    public static JsonObject Build(PodCensus pods, long generation, ImmutableArray<Condition> conditions)
    {
        var status = new JsonObject { ["replicas"] = pods.Active.Count };
        Set(status, "fullyLabeledReplicas", pods.FullyLabeled);
        Set(status, "readyReplicas", pods.Ready);
        Set(status, "availableReplicas", pods.Available);
        Set(status, "terminatingReplicas", pods.Terminating);
        if (generation > 0) status["observedGeneration"] = generation;
        if (conditions.Length > 0) status["conditions"] = conditions.ToJson();
        return status;
    }

    private static void Set(JsonObject status, string member, int count)
    {
        if (count > 0) status[member] = count;
    }
}
