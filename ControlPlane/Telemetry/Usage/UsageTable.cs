using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;
using ControlPlane.Journal;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;
using Shared.Protocol;

namespace ControlPlane.Telemetry.Usage;

/// <summary>
/// What nodes and pods used last, as this process heard of it. It is a matter of now: memory only, and what was heard a minute ago counts as not known, by elapsed time
/// of this process and not by the nodes' clocks. It holds what lives: a report says something of the pods that are bound to its node, and of the containers that
/// these have; <see cref="Sweep"/> drops the rest. Any thread may ask, without a lock.
/// </summary>
public sealed class UsageTable(WatchCache cache, TimeProvider time) : IUsage
{
    /// <summary>How long a sample means something: as long as four of them take.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<string, HeardPod> _pods = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, HeardNode> _nodes = new(StringComparer.Ordinal);
    private readonly long _start = time.GetTimestamp();

    /// <summary>How many pods and nodes are held.</summary>
    public int Count => _pods.Count + _nodes.Count;

    private TimeSpan Now => time.GetElapsedTime(_start);

    /// <inheritdoc/>
    public PodUsage? OfPod(string uid) => _pods.TryGetValue(uid, out var heard) && IsFresh(heard.HeardAt) ? heard.Usage : null;

    /// <summary>The newest sample of a node; null where there is none, or none that is new enough to mean anything.</summary>
    public NodeUsage? OfNode(string name) => _nodes.TryGetValue(name, out var heard) && IsFresh(heard.HeardAt) ? heard.Usage : null;

    /// <summary>Takes a report of a node's agent. What makes no sense in it, and what is not the node's, is passed over.</summary>
    public void Hear(NodeName node, NodeUse? own, ImmutableArray<PodUse> pods)
    {
        if (cache.Get(NodeKey(node.Value)) is null) return;
        var now = Now;
        if (own is { CpuNanocores: >= 0, MemoryBytes: >= 0 } && own.Window > TimeSpan.Zero)
        {
            _nodes[node.Value] = new(new(own.At, own.Window, own.CpuNanocores, own.MemoryBytes), now);
        }
        if (pods.IsDefaultOrEmpty) return;
        var bound = cache.PodsOn(node.Value).ToDictionary(pod => pod.Uid, StringComparer.Ordinal);
        foreach (var use in pods)
        {
            if (use?.Uid.Value is { } uid && bound.TryGetValue(uid, out var pod)) Hear(pod, use, now);
        }
    }

    /// <summary>Drops what is too old, and what is of pods and nodes that are gone.</summary>
    public void Sweep()
    {
        foreach (var pod in _pods)
        {
            if (!IsFresh(pod.Value.HeardAt) || cache.Get(pod.Value.Key)?.Uid != pod.Key) _pods.TryRemove(pod);
        }
        foreach (var node in _nodes)
        {
            if (!IsFresh(node.Value.HeardAt) || cache.Get(NodeKey(node.Key)) is null) _nodes.TryRemove(node);
        }
    }

    private void Hear(StoredObject pod, PodUse use, TimeSpan now)
    {
        if (use.Window <= TimeSpan.Zero || use.Containers.IsDefaultOrEmpty || !use.Containers.All(one => one is { Name: not null, CpuNanocores: >= 0, MemoryBytes: >= 0 })) return;

        // A pod's containers do not change, but for ephemeral ones that come: they are read again for a name that is not known.
        var names = _pods.TryGetValue(pod.Uid, out var before) && use.Containers.All(one => before.Names.Contains(one.Name)) ? before.Names : NamesOf(pod);
        var containers = use.Containers.Where(one => names.Contains(one.Name)).DistinctBy(one => one.Name).Select(one => new ContainerUsage(one.Name, one.CpuNanocores, one.MemoryBytes));
        PodUsage usage = new(use.At, use.Window, [.. containers]);
        if (!usage.Containers.IsEmpty) _pods[pod.Uid] = new(pod.Key, usage, names, now);
    }

    private bool IsFresh(TimeSpan heardAt) => Now - heardAt < Lifetime;

    private static ObjectKey NodeKey(string name) => new("", "nodes", "", name);

    private static FrozenSet<string> NamesOf(StoredObject pod)
    {
        using var document = JsonDocument.Parse(pod.Json, ObjectLimits.Document);
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in (ReadOnlySpan<string>)["containers", "initContainers", "ephemeralContainers"])
        {
            foreach (var container in document.RootElement.Objects("spec", member)) names.Add(container.Text("name"));
        }
        return names.ToFrozenSet(StringComparer.Ordinal);
    }

    /// <param name="Names">Of the containers that the pod has.</param>
    /// <param name="HeardAt">In elapsed time of this process.</param>
    private sealed record HeardPod(ObjectKey Key, PodUsage Usage, FrozenSet<string> Names, TimeSpan HeardAt);

    private sealed record HeardNode(NodeUsage Usage, TimeSpan HeardAt);
}
