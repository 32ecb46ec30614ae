using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Nodes;

/// <summary>
/// How far each node's service proxy has come, as told with its renewals. A node this process has not heard of holds others up until it speaks or
/// is lost; one without a proxy never does.
/// </summary>
public sealed class ProxyLedger
{
    private readonly Dictionary<string, (long Epoch, long Revision)> _applied = new(StringComparer.Ordinal);

    /// <summary>Takes what a renewal says. True if it is news.</summary>
    public bool Note(NodeName node, long epoch, long revision)
    {
        if (_applied.TryGetValue(node.Value, out var known) && (known.Epoch > epoch || known == (epoch, revision))) return false;
        _applied[node.Value] = (epoch, revision);
        return true;
    }

    /// <summary>Whether every live agent's proxy has applied everything up to this revision.</summary>
    public bool HasReached(long revision, IEnumerable<StoredObject> nodes) => nodes.All(node =>
    {
        var view = node.Project(NodeView.Of);
        if (!view.IsAgent || !view.IsReachable) return true;
        return _applied.TryGetValue(node.Key.Name, out var applied) && applied.Epoch == view.Epoch && (applied.Revision < 0 || applied.Revision >= revision);
    });

    /// <summary>Forgets nodes that are no more.</summary>
    public void Keep(Func<string, bool> exists)
    {
        foreach (var name in _applied.Keys.Where(name => !exists(name)).ToArray()) _applied.Remove(name);
    }
}
