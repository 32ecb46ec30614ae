using System.Globalization;

namespace ControlPlane.Scheduling;

/// <summary>Counts, over all nodes, why a pod fits on none. A node may have several reasons of one predicate.</summary>
public sealed class FailureTally
{
    private readonly Dictionary<string, int> _reasons = new(StringComparer.Ordinal);

    private string? _ofPod;

    /// <summary>A reason of the pod's own: wherever it were to run, it could not. It stands alone.</summary>
    public void AddOfPod(string reason) => _ofPod = reason;

    public void Add(string reason) => _reasons[reason] = _reasons.GetValueOrDefault(reason) + 1;

    /// <summary>
    /// What a user is told, as Kubernetes words it: <c>0/5 nodes are available: 1 node(s) were unschedulable, 4 Insufficient cpu.</c>
    /// </summary>
    /// <param name="nodes">How many nodes there are.</param>
    public string Message(int nodes)
    {
        if (nodes == 0) return "no nodes available to schedule pods";
        if (_ofPod is not null) return $"0/{nodes.ToString(CultureInfo.InvariantCulture)} nodes are available: {_ofPod}.";
        var reasons = _reasons.Select(reason => $"{reason.Value.ToString(CultureInfo.InvariantCulture)} {reason.Key}").Order(StringComparer.Ordinal);
        return $"0/{nodes.ToString(CultureInfo.InvariantCulture)} nodes are available: {string.Join(", ", reasons)}.";
    }
}
