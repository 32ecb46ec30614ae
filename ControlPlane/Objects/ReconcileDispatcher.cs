using System.Collections.Concurrent;
using System.Threading.Channels;
using Akka.Actor;
using ControlPlane.Journal;
using Shared.Api;

namespace ControlPlane.Objects;

/// <summary>Says which objects a change concerns besides itself and its owner: a pod's Services, a Namespace that is waiting to be empty.</summary>
public interface IWakeRule
{
    /// <summary>Adds the keys of the objects whose plans depend on the changed object. Cheap: runs for every change.</summary>
    void Wake(ObjectChange change, IObjectView view, ICollection<ObjectKey> keys);
}

/// <summary>
/// Turns committed changes into <see cref="Reconcile"/> messages, each object at most once however many changes concern it while it waits.
/// Messages may be lost with the process; the resync at start-up and after a failover makes up for them.
/// </summary>
public sealed class ReconcileDispatcher : IAsyncDisposable
{
    private readonly ConcurrentDictionary<ObjectKey, long> _dirty = new();
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly WatchCache _cache;
    private readonly IActorRef _objects;
    private readonly IReadOnlyCollection<IWakeRule> _rules;
    private readonly Task _run;

    /// <summary>Starts to follow the cache.</summary>
    public ReconcileDispatcher(WatchCache cache, IActorRef objects, IReadOnlyCollection<IWakeRule> rules)
    {
        (_cache, _objects, _rules) = (cache, objects, rules);
        cache.Applied += OnApplied;
        _run = Task.Run(Run);
    }

    /// <summary>Wakes every live object of these resources, a few at a time: after a start, or when messages may have been lost.</summary>
    public async Task Resync(IEnumerable<GroupResource> resources, CancellationToken stop)
    {
        const int Burst = 200;
        var sent = 0;
        foreach (var resource in resources)
        {
            foreach (var live in _cache.List(resource).Objects)
            {
                Mark(live.Key, live.Revision);
                if (++sent % Burst != 0) continue;
                _signal.Writer.TryWrite(true);
                await Task.Delay(20, stop);
            }
        }
        _signal.Writer.TryWrite(true);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _cache.Applied -= OnApplied;
        _signal.Writer.TryComplete();
        await _run;
    }

    private void OnApplied(CommittedBatch batch, IReadOnlyList<ObjectChange> changes)
    {
        var keys = new HashSet<ObjectKey>();
        foreach (var change in changes)
        {
            foreach (var rule in _rules) rule.Wake(change, _cache, keys);
        }
        if (keys.Count == 0) return;
        foreach (var key in keys) Mark(key, batch.To);
        _signal.Writer.TryWrite(true);
    }

    private void Mark(ObjectKey key, long revision) => _dirty.AddOrUpdate(key, static (_, at) => at, static (_, old, at) => Math.Max(old, at), revision);

    private async Task Run()
    {
        await foreach (var _ in _signal.Reader.ReadAllAsync())
        {
            foreach (var (key, _) in _dirty)
            {
                if (_dirty.TryRemove(key, out var revision)) _objects.Tell(new Reconcile(key, revision));
            }
        }
    }
}
