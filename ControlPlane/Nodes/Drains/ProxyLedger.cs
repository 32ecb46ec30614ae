using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Nodes.Drains;

/// <summary>
/// How far each node's service proxy has come, as told with its renewals, and how far all of them have. A node this process has not heard of holds the others up
/// until it speaks or is lost; one without a proxy never does. A renewal costs the logarithm of the number of nodes.
/// </summary>
public sealed class ProxyLedger
{
    private readonly Dictionary<string, Proxy> _proxies = new(StringComparer.Ordinal);
    private readonly SortedSet<(long Revision, string Node)> _counted = [];

    /// <summary>Every live agent's proxy has applied everything up to here.</summary>
    public long Watermark => _counted.Count == 0 ? long.MaxValue : _counted.Min.Revision;

    /// <summary>Takes what a renewal says. One of an older epoch says nothing.</summary>
    /// <param name="revision">Below zero: the node has no proxy.</param>
    public void Note(NodeName node, long epoch, long revision)
    {
        var known = _proxies.GetValueOrDefault(node.Value);
        if (known.ToldEpoch > epoch || (known.ToldEpoch, known.Told) == (epoch, revision)) return;
        Set(node.Value, known with { ToldEpoch = epoch, Told = revision });
    }

    /// <summary>Takes a version of a Node: only live agents of this project are waited for, each in its current epoch.</summary>
    public void Show(StoredObject node)
    {
        var view = node.Project(NodeView.Of);
        Set(node.Key.Name, _proxies.GetValueOrDefault(node.Key.Name) with { Epoch = view is { IsAgent: true, IsReachable: true } ? view.Epoch : 0 });
    }

    /// <summary>The Node is no more.</summary>
    public void Forget(string node)
    {
        if (_proxies.Remove(node, out var known) && known.Counted is { } counted) _counted.Remove((counted, node));
    }

    /// <summary>Shows exactly these Nodes.</summary>
    public void ShowAll(IReadOnlyCollection<StoredObject> nodes)
    {
        var names = nodes.Select(node => node.Key.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var gone in _proxies.Keys.Where(name => !names.Contains(name)).ToArray()) Forget(gone);
        foreach (var node in nodes) Show(node);
    }

    private void Set(string node, Proxy proxy)
    {
        if (_proxies.TryGetValue(node, out var known) && known.Counted is { } before) _counted.Remove((before, node));
        _proxies[node] = proxy;
        if (proxy.Counted is { } counted) _counted.Add((counted, node));
    }

    /// <param name="Epoch">The node's current one; 0: it is not waited for.</param>
    private readonly record struct Proxy(long Epoch, long ToldEpoch, long Told)
    {
        /// <summary>What it holds the others up at; null: it does not.</summary>
        public long? Counted => Epoch == 0 ? null : ToldEpoch != Epoch ? 0 : Told < 0 ? null : Told;
    }
}
