using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Workloads.Deployments;

/// <summary>The numbers and conditions of a Deployment's status, as its ReplicaSets report them.</summary>
internal sealed record DeploymentStatus(int Replicas, int Updated, int Ready, int Available, int Unavailable, int Terminating)
{
    public static DeploymentStatus Count(Rollout rollout)
    {
        var available = rollout.All.Sum(set => set.State.AvailableReplicas);
        return new(
            rollout.All.Sum(set => set.State.StatusReplicas),
            rollout.Current?.State.StatusReplicas ?? 0,
            rollout.All.Sum(set => set.State.ReadyReplicas),
            available,
            Math.Max(0, rollout.TotalReplicas - available),
            rollout.All.Sum(set => set.State.TerminatingReplicas));
    }

    /// <summary>The numbers the stored status has.</summary>
    public static DeploymentStatus Stored(DeploymentState deployment) => new(
        deployment.Status.Int("replicas"), deployment.Status.Int("updatedReplicas"), deployment.Status.Int("readyReplicas"),
        deployment.Status.Int("availableReplicas"), deployment.Status.Int("unavailableReplicas"), deployment.Status.Int("terminatingReplicas"));

    /// <summary>Whether the rollout has ended: every pod is of the current template and available, and no other is left.</summary>
    public bool IsComplete(DeploymentState deployment) =>
        Updated == deployment.Replicas && Replicas == deployment.Replicas && Available == deployment.Replicas;

    /// <summary>Whether there are more new, fewer old, more ready or more available pods than before.</summary>
    public bool IsProgress(DeploymentStatus before) =>
        Updated > before.Updated || Replicas - Updated < before.Replicas - before.Updated || Ready > before.Ready || Available > before.Available;

    public JsonObject ToJson(DeploymentState deployment, int collisionCount, ImmutableArray<Condition> conditions)
    {
        var status = new JsonObject { ["observedGeneration"] = deployment.Stored.Header.Generation };
        Set(status, "replicas", Replicas);
        Set(status, "updatedReplicas", Updated);
        Set(status, "readyReplicas", Ready);
        Set(status, "availableReplicas", Available);
        Set(status, "unavailableReplicas", Unavailable);
        Set(status, "terminatingReplicas", Terminating);
        Set(status, "collisionCount", collisionCount);
        if (conditions.Length > 0) status["conditions"] = conditions.ToJson();
        return status;
    }

    private static void Set(JsonObject status, string member, int count)
    {
        if (count != 0) status[member] = count;
    }
}
