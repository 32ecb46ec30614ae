using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Event;
using Shared.Api;

namespace ControlPlane.Journal;

/// <summary>Reads the journal's table beside the writer. Available once the journal is loaded.</summary>
public sealed class JournalReader : IExtension
{
    private readonly WatchCache _cache;
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, long> _unreadable = new(StringComparer.Ordinal);
    private readonly ILoggingAdapter _log;
    private RevisionStore? _store;
    private bool _shared;
    private Task<long>? _next;
    private Task<long> _running = Task.FromResult(0L);

    private JournalReader(WatchCache cache, ILoggingAdapter log) => (_cache, _log) = (cache, log);

    public static JournalReader Get(ActorSystem system) => system.WithExtension<JournalReader, Provider>();

    /// <summary>
    /// The highest revision committed before the call, by any process: a consistent LIST waits until the cache has reached it. Calls made
    /// while one is under way share the next query. Where no other process writes it is the cache's own revision.
    /// </summary>
    public Task<long> HeadRevision()
    {
        if (!_shared) return Task.FromResult(_cache.Revision);
        lock (_gate)
        {
            if (_next is not null) return _next;
            return _next = Next(_running);
        }

        async Task<long> Next(Task<long> before)
        {
            // Yields at all events: the lock is held, and who waits now has to find this task in its place.
            await ((Task)before).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
            lock (_gate)
            {
                _running = _next!;
                _next = null;
            }
            return (await Store.ReadCounters(_cache.Revision)).Head;
        }
    }

    /// <summary>The last events of one object, oldest first: who did what to it, when, for at least the retention time.</summary>
    public Task<IReadOnlyList<CommittedEvent>> History(ObjectKey key, int most = 100) => Store.ReadHistory(key.PersistenceId, most);

    /// <summary>The event of one object at a revision, and the one before it; null for what is not there, or not any more.</summary>
    public async Task<(CommittedEvent? Event, CommittedEvent? Before)> At(ObjectKey key, long revision) => await Store.ReadHistory(key.PersistenceId, 2, revision) switch
    {
        [var one] when one.Revision == revision => (one, null),
        [var before, var one] when one.Revision == revision => (one, before),
        _ => (null, null),
    };

    /// <summary>The last events of the objects of a namespace ("": of those without one), or, with null, of all: oldest first.</summary>
    public Task<IReadOnlyList<CommittedEvent>> History(string? @namespace, int most) => Store.ReadRecent(@namespace, most);

    /// <summary>Whether other processes may write to the same journal.</summary>
    public bool Shared => _shared;

    /// <summary>Applies to the cache what the table has and the cache lacks. The result is the floor: what is not newer may be compacted away.</summary>
    public async Task<long> CatchUpIfBehind()
    {
        var (head, floor, _) = await Store.ReadCounters(_cache.Revision);
        if (head > _cache.Revision) await Store.ReadAfter(_cache);
        return floor;
    }

    /// <summary>How many persistence ids have a row that can't be read.</summary>
    public int Unreadable => _unreadable.Count;

    internal void Met(string persistenceId, long revision, Exception fault)
    {
        if (!_unreadable.TryGetValue(persistenceId, out var known) || known < revision)
        {
            _log.Error(fault, "Revision {0}, of '{1}', can't be read and is left as it is; writes of the object are refused until it is deleted.", revision, persistenceId);
        }
        _unreadable[persistenceId] = revision;
    }

    internal RevisionStore Store => Volatile.Read(ref _store) ?? throw new InvalidOperationException("The journal is not loaded.");

    internal void Attach(RevisionStore store, bool shared)
    {
        _shared = shared;
        Volatile.Write(ref _store, store);
    }

    private sealed class Provider : ExtensionIdProvider<JournalReader>
    {
        public override JournalReader CreateExtension(ExtendedActorSystem system) => new(WatchCache.Get(system), Logging.GetLogger(system, typeof(JournalReader)));
    }
}
