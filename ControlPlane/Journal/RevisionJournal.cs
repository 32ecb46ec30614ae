using System.Collections.Immutable;
using Akka;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.Persistence;
using Akka.Persistence.Journal;
using Akka.Persistence.Sql.Journal;
using Akka.Serialization;
using ControlPlane.Objects;

namespace ControlPlane.Journal;

/// <summary>
/// Akka.Persistence.Sql's journal (its table, configuration and read journal) with commit-ordered revisions: writes go through one group
/// commit per process, and recovery is answered from the watch cache without a query. Stores <see cref="ObjectStored"/> and nothing else.
/// </summary>
public sealed class RevisionJournal : SqlWriteJournal
{
    private readonly WatchCache _cache = WatchCache.Get(Context.System);
    private readonly Serialization _serialization = Context.System.Serialization;
    private readonly CancellationTokenSource _stop = new();
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly JournalReader _reader = JournalReader.Get(Context.System);
    private readonly KeyRing _keys = KeyRing.Get(Context.System);
    private readonly long _window;
    private readonly bool _shared;
    private readonly RevisionStore _store;
    private readonly GroupCommit _writer;
    private Task? _loaded;

    public RevisionJournal(Config config)
        : base(config)
    {
        _store = JournalConfiguration.Store(config, Read);
        var limits = new GroupCommitLimits();
        _writer = new(_store, _cache, limits with
        {
            MaxBatch = config.GetInt("max-batch", limits.MaxBatch),
            MaxQueued = config.GetInt("max-queued", limits.MaxQueued),
            MaxQueuedBytes = config.GetLong("max-queued-bytes", limits.MaxQueuedBytes),
        }, Renew);
        _window = config.GetLong("load-window", ResourceCache.DefaultWindow);
        _shared = config.GetBoolean("shared", true);
        var log = _log;
        _writer.Failed += (meaning, cause) => log.Warning(cause, meaning);
        _cache.HandlerFailed += fault => log.Error(fault, "Something that follows the journal failed on a committed batch.");
        _store.Unreadable += _reader.Met;
        _store.KeysRead += LearnKeys;
        _writer.Committed += FeedOutbox.Get(Context.System).Offer;
    }

    /// <summary>Ask this at start: the cache is loaded when the reply, a <see cref="Done"/>, comes.</summary>
    public sealed class Load
    {
        public static readonly Load Instance = new();
    }

    protected override void PostStop()
    {
        base.PostStop();
        _stop.Cancel();
    }

    protected override bool ReceivePluginInternal(object message)
    {
        if (message is not Load) return base.ReceivePluginInternal(message);
        Loaded().PipeTo(Sender, success: () => Done.Instance);
        return true;
    }

    // The first request starts it: by then the base class has created the table (it stashes requests until it has).
    private Task Loaded()
    {
        return _loaded is null or { IsFaulted: true } ? _loaded = Task.Run(Start) : _loaded;

        async Task Start()
        {
            await _store.Open();
            await _store.Load(_cache, _window);
            _reader.Attach(_store, _shared);
            _ = Write();
        }

        async Task Write()
        {
            await Task.Run(() => _writer.Run(_stop.Token));
            await _store.DisposeAsync();
        }
    }

    /// <summary>A failed task stops the actor, which then recovers what is stored. A rejection would let it go on with stale state.</summary>
    protected override async Task<IImmutableList<Exception>> WriteMessagesAsync(IEnumerable<AtomicWrite> messages, CancellationToken cancellationToken)
    {
        var rows = messages.SelectMany(static write => (IImmutableList<IPersistentRepresentation>)write.Payload).Select(Row).ToArray();
        var loaded = Loaded();
        if (!loaded.IsCompletedSuccessfully) await loaded;
        await _writer.Append(rows);
        return null!; // all are stored
    }

    public override async Task<long> ReadHighestSequenceNrAsync(string persistenceId, long fromSequenceNr, CancellationToken cancellationToken)
    {
        await Loaded();
        await _writer.CaughtUp;
        return _cache.TryGetNewest(persistenceId, out var newest) ? newest.SequenceNr : 0;
    }

    /// <summary>
    /// An event carries the whole object, so the newest one is enough; after a tombstone there is none. An earlier point in time is read from
    /// the table.
    /// </summary>
    public override Task ReplayMessagesAsync(
        IActorContext context, string persistenceId, long fromSequenceNr, long toSequenceNr, long max, Action<IPersistentRepresentation> recoveryCallback)
    {
        if (!_cache.TryGetNewest(persistenceId, out var newest) || max <= 0 || fromSequenceNr > newest.SequenceNr) return Task.CompletedTask;
        if (toSequenceNr < newest.SequenceNr) return base.ReplayMessagesAsync(context, persistenceId, fromSequenceNr, toSequenceNr, max, recoveryCallback);
        if (newest.Fault is { } fault) recoveryCallback(new Persistent(new ObjectUnreadable(fault), newest.SequenceNr, persistenceId, timestamp: newest.Created));
        if (newest.Event is { } last) recoveryCallback(new Persistent(last, newest.SequenceNr, persistenceId, timestamp: newest.Created));
        return Task.CompletedTask;
    }

    protected override Task DeleteMessagesToAsync(string persistenceId, long toSequenceNr, CancellationToken cancellationToken) =>
        Task.FromException(new NotSupportedException("Events are not deleted one object at a time; the journal is compacted in the background."));

    private ObjectStored Read(byte[] message, int serializerId, string manifest) =>
        (ObjectStored)_serialization.Deserialize(message, serializerId, manifest);

    private JournalRow Row(IPersistentRepresentation p)
    {
        var payload = p.Payload is Tagged tagged ? tagged.Payload : p.Payload;
        if (payload is not ObjectStored stored) throw new NotSupportedException($"The journal stores no {payload.GetType()}.");
        var serializer = (SerializerWithStringManifest)_serialization.FindSerializerForType(typeof(ObjectStored));
        return Sealed(new(p.PersistenceId, p.SequenceNr, stored.Audit.At.UtcTicks, serializer.Manifest(stored), serializer.Identifier, "", serializer.ToBinary(stored), stored));
    }

    private JournalRow Sealed(JournalRow row)
    {
        var key = KeyRing.Protects(row.Event.Key.GroupResource) ? ObjectEventSerializer.KeyOf(row.Message)!.Value : 0;
        return row with { Key = _keys.IsEnrolled(key) ? key : 0 };
    }

    // The database has dropped a key while rows that are encrypted with it waited to be written.
    private JournalRow Renew(JournalRow row)
    {
        if (row.Key == 0 || _keys.MayStore(row.Key)) return row;
        return _keys.MayStore(_keys.Current)
            ? Sealed(row with { Message = ObjectEventSerializer.Renew(row.Message, _keys) })
            : throw new KeyNotOnRingException($"Key {_keys.Current} was dropped, and the one that took its place could not be taken from the database: {row.PersistenceId} can't be stored.");
    }

    private void LearnKeys(IReadOnlyList<EncryptionKey> stored)
    {
        var fault = _keys.Learn(stored);
        if (fault.Length > 0) _log.Error("Keys of secrets could not be taken from the database: {0}", fault);
    }
}
