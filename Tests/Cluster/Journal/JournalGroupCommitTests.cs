using System.Data.Common;
using Akka.Persistence.Sql.Config;
using ControlPlane.Journal;
using Microsoft.Data.Sqlite;
using Shared.Api;
using Tests.Support;
using Xunit;

namespace Tests.Cluster.Journal;

public sealed class JournalGroupCommitTests : IAsyncLifetime
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("journal-");
    private readonly WatchCache _cache = new();
    private readonly CancellationTokenSource _stop = new();
    private FaultyStore _store = null!;
    private Task _running = Task.CompletedTask;

    public async Task InitializeAsync()
    {
        _store = new(Path.Combine(_directory.FullName, "journal.db"));
        await _store.Open();
        await _store.Load(_cache, 100);
    }

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.WaitAsync(JournalSystem.Patience);
        await _store.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task A_full_queue_refuses_at_once_and_loses_nothing_it_took()
    {
        var writer = Start(new(MaxBatch: 1, MaxQueued: 2));
        _store.Gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var taken = new List<Task> { writer.Append([Row("0", 1)]) };
        await _store.Reached.Task.WaitAsync(JournalSystem.Patience);
        for (var i = 1; i <= 2; i++) taken.Add(writer.Append([Row($"{i}", 1)]));

        await Assert.ThrowsAsync<JournalBusyException>(() => writer.Append([Row("3", 1)]));

        _store.Gate.SetResult();
        await Task.WhenAll(taken).WaitAsync(JournalSystem.Patience);
        Assert.Equal(3, _cache.Revision);
        await writer.Append([Row("3", 1)]).WaitAsync(JournalSystem.Patience);
    }

    [Fact]
    public async Task The_bytes_waiting_are_bounded_too()
    {
        var writer = Start(new(MaxBatch: 1, MaxQueuedBytes: 5000));
        _store.Gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var first = writer.Append([Row("0", 1)]);
        await _store.Reached.Task.WaitAsync(JournalSystem.Patience);
        var second = writer.Append([Row("1", 1, 4000)]);
        await Assert.ThrowsAsync<JournalBusyException>(() => writer.Append([Row("2", 1, 4000)]));
        _store.Gate.SetResult();
        await Task.WhenAll(first, second).WaitAsync(JournalSystem.Patience);
        await writer.Append([Row("2", 1, 4000)]).WaitAsync(JournalSystem.Patience);
    }

    [Fact]
    public async Task A_commit_whose_answer_was_lost_is_found_before_recovery_goes_on()
    {
        var writer = Start(new());
        _store.AfterInsert = () => new IOException("The connection broke.");
        _store.FailingReads = 2;
        await Assert.ThrowsAsync<IOException>(() => writer.Append([Row("a", 1)]).WaitAsync(JournalSystem.Patience));
        await writer.CaughtUp.WaitAsync(JournalSystem.Patience);
        Assert.True(_cache.TryGetNewest(Key("a").PersistenceId, out var found));
        Assert.Equal((1, 1), (found.SequenceNr, found.Revision));
        await Assert.ThrowsAsync<StaleWriteException>(() => writer.Append([Row("a", 1)]));
        await writer.Append([Row("a", 2)]).WaitAsync(JournalSystem.Patience);
        Assert.Equal(2, _cache.Revision);
    }

    [Fact]
    public async Task A_commit_that_failed_stores_nothing_and_uses_up_no_revision()
    {
        var writer = Start(new());
        _store.BeforeInsert = () => new IOException("The disk is full.");
        await Assert.ThrowsAsync<IOException>(() => writer.Append([Row("a", 1)]).WaitAsync(JournalSystem.Patience));
        await writer.CaughtUp.WaitAsync(JournalSystem.Patience);
        Assert.False(_cache.TryGetNewest(Key("a").PersistenceId, out _));
        await writer.Append([Row("a", 1)]).WaitAsync(JournalSystem.Patience);
        Assert.Equal(1, _cache.Revision);
    }

    [Fact]
    public async Task A_follower_that_throws_turns_no_committed_write_into_an_error_and_harms_no_other()
    {
        var writer = Start(new());
        var (reported, followed) = (0, new List<long>());
        _cache.HandlerFailed += _ => reported++;
        _cache.Applied += (_, _) => throw new InvalidOperationException("A follower's bug.");
        _cache.Applied += (batch, _) => followed.Add(batch.To);
        writer.Committed += _ => throw new InvalidOperationException("Another one's.");

        await writer.Append([Row("a", 1)]).WaitAsync(JournalSystem.Patience);
        await writer.Append([Row("a", 2)]).WaitAsync(JournalSystem.Patience);

        Assert.Equal((2, 2L), (reported, _cache.Revision));
        Assert.Equal([1, 2], followed);
    }

    [Fact]
    public async Task A_write_that_skips_a_number_is_as_stale_as_one_that_repeats_it()
    {
        var writer = Start(new());
        await Assert.ThrowsAsync<StaleWriteException>(() => writer.Append([Row("a", 7)]));
        await writer.Append([Row("a", 1), Row("a", 2)]).WaitAsync(JournalSystem.Patience);
        await Assert.ThrowsAsync<StaleWriteException>(() => writer.Append([Row("a", 2)]));
        await writer.Append([Row("a", 3)]).WaitAsync(JournalSystem.Patience);
    }

    [Fact]
    public async Task After_the_end_writes_are_refused()
    {
        var writer = Start(new());
        await _stop.CancelAsync();
        await _running.WaitAsync(JournalSystem.Patience);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => writer.Append([Row("a", 1)]));
    }

    private GroupCommit Start(GroupCommitLimits limits)
    {
        var writer = new GroupCommit(_store, _cache, limits);
        _running = Task.Run(() => writer.Run(_stop.Token));
        return writer;
    }

    private static ObjectKey Key(string name) => JournalSystem.ConfigMap(name);

    private static JournalRow Row(string name, long sequenceNr, int size = 10) =>
        new(Key(name).PersistenceId, sequenceNr, 0, ObjectEventSerializer.Stored, 9101, "", new byte[size], JournalSystem.Event(Key(name), ""));

    /// <summary>A SQLite store that fails on demand.</summary>
    private sealed class FaultyStore(string file) : RevisionStore(Table, null, (_, _, _) => JournalSystem.Event(Key("a"), ""))
    {
        private static readonly EventJournalTableConfig Table =
            new JournalConfig(JournalConfiguration.Build(new(Path.GetTempPath())).GetConfig("akka.persistence.journal.sql")).TableConfig.EventJournalTable;

        private readonly SqliteRevisionStore _inner = new($"Data Source={file};Pooling=false", Table, "pragma journal_mode=wal", (_, _, _) => JournalSystem.Event(Key("a"), ""));

        public TaskCompletionSource Reached { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public TaskCompletionSource? Gate { get; set; }
        public Func<Exception>? BeforeInsert { get; set; }
        public Func<Exception>? AfterInsert { get; set; }
        public int FailingReads { get; set; }

        protected override string OrderingType => "";
        protected override string BoolType => "";
        protected override string BytesType => "";

        public override Task Open() => _inner.Open();

        public override async Task<long?> Insert(IReadOnlyList<JournalRow> rows, long seen)
        {
            Reached.TrySetResult();
            if (Gate is { } gate) await gate.Task;
            if (Take(() => BeforeInsert, () => BeforeInsert = null) is { } before) throw before;
            var revision = await _inner.Insert(rows, seen);
            return Take(() => AfterInsert, () => AfterInsert = null) is { } after ? throw after : revision;
        }

        protected override Task<DbTransaction> BeginKeyStep(DbConnection connection) => throw new NotSupportedException();

        protected override async Task<DbConnection> Connect()
        {
            if (FailingReads-- > 0) throw new IOException("The database can't be reached.");
            var connection = new SqliteConnection($"Data Source={file};Pooling=false");
            await connection.OpenAsync();
            return connection;
        }

        protected override Task<DbTransaction> Snapshot(DbConnection connection) =>
            Task.FromResult<DbTransaction>(((SqliteConnection)connection).BeginTransaction(deferred: true));

        protected override Task Settle(DbConnection connection) => Task.CompletedTask;

        protected override Task Delete(DbConnection connection, DbTransaction transaction, IReadOnlyList<long> revisions) =>
            throw new NotSupportedException("These tests compact nothing.");

        protected override Task Copy(DbConnection connection, DbTransaction transaction, IEnumerable<TableRow> rows, CancellationToken stop) =>
            throw new NotSupportedException("These tests fill no other database.");

        public override ValueTask DisposeAsync() => _inner.DisposeAsync();

        private static Exception? Take(Func<Func<Exception>?> fault, Action clear)
        {
            var made = fault()?.Invoke();
            clear();
            return made;
        }
    }
}
