using System.Text.Json.Nodes;
using ControlPlane.Workloads.ControllerRevisions;

namespace ControlPlane.Workloads.StatefulSets;

/// <summary>Builds a StatefulSet's status, with the members Kubernetes always writes.</summary>
internal static class StatefulSetStatus
{
    public static JsonObject Build(StatefulSetState set, StatefulPods pods, SetRevision current, SetRevision update, int collisionCount)
    {
        var all = pods.All.ToArray();
        var (ready, updated) = (all.Count(pod => pod.Ready), all.Count(pod => Is(pod, update)));
        var complete = set.Rolling && set.Partition == 0 && updated == set.Replicas && all.Length == set.Replicas && ready == set.Replicas;
        var now = complete ? update : current;
        var status = new JsonObject
        {
            ["observedGeneration"] = set.Stored.Header.Generation,
            ["replicas"] = all.Length,
            ["availableReplicas"] = all.Count(pod => pod.Available),
            ["currentRevision"] = now.Name,
            ["updateRevision"] = update.Name,
            ["collisionCount"] = collisionCount,
        };
        Set(status, "readyReplicas", ready);
        Set(status, "currentReplicas", all.Count(pod => Is(pod, now)));
        Set(status, "updatedReplicas", updated);
        return status;
    }

    private static bool Is(StatefulPod pod, SetRevision revision) => !pod.Terminating && pod.Revision == revision.Name;

    private static void Set(JsonObject status, string member, int count)
    {
        if (count > 0) status[member] = count;
    }
}
