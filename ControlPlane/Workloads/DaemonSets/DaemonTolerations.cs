using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Nodes.Taints;
using Shared.Json;

namespace ControlPlane.Workloads.DaemonSets;

/// <summary>What every pod of a DaemonSet tolerates: a daemon is wanted on a node that is not well, too. Kubernetes' list.</summary>
internal static class DaemonTolerations
{
    private static readonly Toleration[] Always =
    [
        new(Taint.NotReady, Exists: true, "", TaintEffect.NoExecute),
        new(Taint.Unreachable, Exists: true, "", TaintEffect.NoExecute),
        new("node.kubernetes.io/disk-pressure", Exists: true, "", TaintEffect.NoSchedule),
        new("node.kubernetes.io/memory-pressure", Exists: true, "", TaintEffect.NoSchedule),
        new("node.kubernetes.io/pid-pressure", Exists: true, "", TaintEffect.NoSchedule),
        new(Taint.Unschedulable.Key, Exists: true, "", TaintEffect.NoSchedule),
    ];

    private static readonly Toleration NetworkUnavailable = new("node.kubernetes.io/network-unavailable", Exists: true, "", TaintEffect.NoSchedule);

    /// <param name="podSpec">The spec of the template.</param>
    public static IEnumerable<Toleration> For(JsonElement podSpec) => podSpec.Flag("hostNetwork") == true ? [.. Always, NetworkUnavailable] : Always;

    /// <summary>Adds them to a pod's spec.</summary>
    public static void AddTo(JsonObject spec, JsonElement podSpec)
    {
        var tolerations = spec.DefaultList("tolerations");
        foreach (var toleration in For(podSpec))
        {
            tolerations.Add(new JsonObject { ["key"] = toleration.Key, ["operator"] = "Exists", ["effect"] = toleration.Effect.ToString() });
        }
    }
}
