using System.Collections.Concurrent;

namespace ControlPlane.Nodes.Leases;

/// <summary>
/// The leases of all nodes whose actors live in this process. They lie here and not in the actors, so that one that fails and comes back goes on with what
/// was known of its node. An actor that was away for longer may have lived in another process meanwhile, which heard the renewals: then the node gets a
/// full lease; or, where this process heard of it from the others, what is left of the lease, and half of one at least. Safe to use from any thread; memory only, since every process that starts gives full leases anyway.
/// </summary>
public sealed class NodeLeases(NodeOptions options, TimeProvider time) : IDisposable
{
    /// <summary>How long an actor may be away and still go on with its node's lease. Short against a lease.</summary>
    public static readonly TimeSpan Absence = TimeSpan.FromSeconds(1);

    private readonly ProcessPulse _pulse = new(time, options.Pause);
    private readonly ConcurrentDictionary<string, (NodeLease Lease, TimeSpan? LeftAt)> _leases = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, TimeSpan> _heard = new(StringComparer.Ordinal);
    private readonly TimeSpan _halfLease = options.AgentLease / 2;

    /// <summary>An actor begins to watch its node.</summary>
    public void Begin(string node)
    {
        var now = _pulse.Now;
        _leases.AddOrUpdate(
            node,
            _ => (TakenOver(node, now), null),
            (_, known) => known.LeftAt is { } left && now - left > Absence ? (TakenOver(node, now), null) : (known.Lease, null));
    }

    /// <summary>An agent renewed its lease through some control plane.</summary>
    public void Hear(string node) => _heard[node] = _pulse.Now;

    /// <summary>Forgets what was heard of all nodes but these.</summary>
    public void Forget(IReadOnlySet<string> except)
    {
        foreach (var (node, _) in _heard)
        {
            if (!except.Contains(node)) _heard.TryRemove(node, out _);
        }
    }

    // Its agent may have to find another control plane first, if the one it spoke to was lost with its actor's.
    private NodeLease TakenOver(string node, TimeSpan now) => _heard.TryGetValue(node, out var heard)
        ? NodeLease.Begin(heard > now - _halfLease ? heard : now - _halfLease).Renew(TimeSpan.Zero)
        : NodeLease.Begin(now);

    /// <summary>An actor has ended. <paramref name="gone"/>: its Node is no more.</summary>
    public void End(string node, bool gone)
    {
        if (gone) _leases.TryRemove(node, out _);
        else if (_leases.TryGetValue(node, out var known)) _leases.TryUpdate(node, (known.Lease, _pulse.Now), known);
    }

    /// <summary>The nodes whose actors have ended here and not come back; each is told once or twice and then forgotten: by then it is another's.</summary>
    public IReadOnlyList<string> Left()
    {
        var now = _pulse.Now;
        var left = new List<string>();
        foreach (var (node, known) in _leases)
        {
            if (known.LeftAt is not { } at) continue;
            left.Add(node);
            if (now - at > Absence) _leases.TryRemove(new(node, known));
        }
        return left;
    }

    /// <summary>The agent renewed or registered.</summary>
    public void Renew(string node) => Change(node, static (lease, now) => lease.Renew(now));

    /// <summary>What an external kubelet has written; see <see cref="NodeLease.Observe"/>.</summary>
    public void Observe(string node, string evidence) => Change(node, (lease, now) => lease.Observe(evidence, now));

    /// <summary>How a node stands. One that is not watched here has a full lease.</summary>
    /// <param name="length">How long it may be silent; null: for ever.</param>
    public LeaseState StateOf(string node, TimeSpan? length)
    {
        if (length is not { } limit) return LeaseState.Unjudged;
        return _leases.TryGetValue(node, out var known) ? LeaseState.Of(Silence(known.Lease), limit, known.Lease.Heard) : LeaseState.Of(TimeSpan.Zero, limit, false);
    }

    /// <summary>
    /// How long a node has been silent, to this process; null: it is watched by another. Read before a lease has run out, it tells which nodes are about
    /// to be lost together.
    /// </summary>
    public TimeSpan? SilenceOf(string node) => _leases.TryGetValue(node, out var known) && known.LeftAt is null ? Silence(known.Lease) : null;

    /// <summary>Elapsed time of this process.</summary>
    public TimeSpan Now => _pulse.Now;

    /// <summary>When this process' last pause ended; see <see cref="ProcessPulse"/>.</summary>
    public TimeSpan AwakeSince => _pulse.AwakeSince;

    /// <inheritdoc/>
    public void Dispose() => _pulse.Dispose();

    // The end of a pause is asked for last: a pause between the two readings then counts for the node.
    private TimeSpan Silence(NodeLease lease)
    {
        var now = _pulse.Now;
        return lease.Silence(now, _pulse.AwakeSince);
    }

    private void Change(string node, Func<NodeLease, TimeSpan, NodeLease> change)
    {
        var now = _pulse.Now;
        _leases.AddOrUpdate(node, _ => (change(NodeLease.Begin(now), now), null), (_, known) => (change(known.Lease, now), known.LeftAt));
    }
}
