using System.Text.Json.Nodes;
using NodeActor.Networking;
using Shared.Api;

namespace NodeActor.Agent.Health;

/// <summary>
/// How a node is, from what its runtime and its kernel say. Thresholds are the kubelet's defaults; of tasks, for which it has none, a tenth must be
/// left. What is under pressure stays so until a fifth more than the threshold is free, so that a figure at the threshold does not write the Node
/// again and again.
/// </summary>
/// <param name="RuntimeTrouble">Why the runtime can not run pods; empty if it can.</param>
public sealed record NodeHealth(string RuntimeTrouble, bool MemoryPressure, bool DiskPressure, bool PidPressure)
{
    private const long LeastMemory = 100L << 20;
    private const double LeastShare = 0.1;
    private const double Relief = 1.2;

    /// <summary>
    /// What of the network could not be programmed. Only Services make it unavailable, which keeps pods away from the node: were it so for a route, one
    /// node with a bad address would take all the others out of the cluster.
    /// </summary>
    public NetworkReport Network { get; init; } = NetworkReport.Well;

    /// <summary>Nothing is wrong.</summary>
    public static NodeHealth Well { get; } = new("", false, false, false);

    /// <summary>The health after a look at the machine.</summary>
    public NodeHealth After(NodeFigures seen) => this with
    {
        MemoryPressure = Short(seen.MemoryAvailable, LeastMemory, MemoryPressure),
        DiskPressure = Short(seen.DiskAvailable, seen.DiskTotal * LeastShare, DiskPressure),
        PidPressure = Short(seen.MostTasks - seen.Tasks, seen.MostTasks * LeastShare, PidPressure),
    };

    /// <summary>The Node's conditions, in the kubelet's words.</summary>
    public JsonArray Conditions() => new Condition[]
    {
        Pressure("MemoryPressure", MemoryPressure, ("KubeletHasInsufficientMemory", "kubelet has insufficient memory available"), ("KubeletHasSufficientMemory", "kubelet has sufficient memory available")),
        Pressure("DiskPressure", DiskPressure, ("KubeletHasDiskPressure", "kubelet has disk pressure"), ("KubeletHasNoDiskPressure", "kubelet has no disk pressure")),
        Pressure("PIDPressure", PidPressure, ("KubeletHasInsufficientPID", "kubelet has insufficient PID available"), ("KubeletHasSufficientPID", "kubelet has sufficient PID available")),
        RuntimeTrouble.Length > 0
            ? new("Ready", "False", "KubeletNotReady", RuntimeTrouble)
            : new Condition("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
        Network switch
        {
            { Rules.Length: > 0 } => new("NetworkUnavailable", "True", "ServiceRulesFailed", Network.Rules),
            { Routes.Length: > 0 } => new("NetworkUnavailable", "False", "RouteFailed", Network.Routes),
            { Skipped.Length: > 0 } => new("NetworkUnavailable", "False", "EndpointsSkipped", Network.Skipped),
            _ => new Condition("NetworkUnavailable", "False", "NetworkProgrammed", "services and routes are programmed"),
        },
    }.ToJson();

    private static bool Short(double free, double least, bool before) => free < (before ? least * Relief : least);

    private static Condition Pressure(string type, bool holds, (string Reason, string Message) bad, (string Reason, string Message) good) =>
        Condition.Of(type, holds, holds ? bad.Reason : good.Reason, holds ? bad.Message : good.Message);
}
