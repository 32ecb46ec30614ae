using System.Text.Json.Nodes;

namespace ControlPlane.Workloads.DaemonSets;

/// <summary>Builds a DaemonSet's status, with the members Kubernetes always writes.</summary>
internal static class DaemonSetStatus
{
    public static JsonObject Build(DaemonSetState set, IReadOnlyCollection<DaemonNode> nodes, int collisionCount)
    {
        var wanted = nodes.Where(node => node.Wanted).ToArray();
        var (placed, available) = (wanted.Where(node => node.Pods.Any(pod => !pod.Terminating)).ToArray(), wanted.Count(node => node.Available));
        var status = new JsonObject
        {
            ["currentNumberScheduled"] = placed.Length,
            ["numberMisscheduled"] = nodes.Count(node => !node.Wanted && node.Pods.Any(pod => !pod.Terminating)),
            ["desiredNumberScheduled"] = wanted.Length,
            ["numberReady"] = placed.Count(node => node.Pods.Any(pod => pod is { Ready: true, Terminating: false })),
            ["observedGeneration"] = set.Stored.Header.Generation,
        };
        Set(status, "updatedNumberScheduled", placed.Count(node => node.New is not null));
        Set(status, "numberAvailable", available);
        Set(status, "numberUnavailable", wanted.Length - available);
        Set(status, "collisionCount", collisionCount);
        return status;
    }

    private static void Set(JsonObject status, string member, int count)
    {
        if (count > 0) status[member] = count;
    }
}
