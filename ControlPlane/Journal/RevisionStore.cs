using System.Data.Common;
using Akka.Persistence.Sql.Config;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace ControlPlane.Journal;

/// <summary>
/// The journal's table, with the columns of Akka.Persistence.Sql but without the indexes it never uses here; the table of the newest event of each persistence
/// id, which start reads instead of the history; and one counter row: the head, the floor up to which superseded events may have been compacted away, and the
/// bytes of all messages. Its lock is held until commit and so orders the commits and fences off a writer that has not seen the floor.
/// <see cref="Insert"/> belongs to the one writer; all else may run at any time.
/// </summary>
public abstract partial class RevisionStore(EventJournalTableConfig table, string? schema, ReadEvent read) : IAsyncDisposable
{
    private const int Piece = 1000;
    private readonly JournalTableColumnNames _c = table.ColumnNames;
    private long _rowsRead;

    protected string Journal => schema is null ? table.Name : $"{schema}.{table.Name}";
    protected string Counter => schema is null ? "revision_counter" : $"{schema}.revision_counter";
    protected string Revision => _c.Ordering;
    protected string Newest => schema is null ? "newest_event" : $"{schema}.newest_event";
    private string Fingerprint => schema is null ? "fingerprint" : $"{schema}.fingerprint";
    protected string Columns => $"{_c.Ordering}, {_c.Created}, {_c.Deleted}, {_c.PersistenceId}, {_c.SequenceNumber}, {_c.Message}, {_c.Manifest}, {_c.Identifier}, {_c.Tags}";
    protected string Create => $"""
        create table if not exists {Journal} (
          {_c.Ordering} {OrderingType}, {_c.Created} bigint not null, {_c.Deleted} {BoolType} not null, {_c.PersistenceId} varchar(255) not null,
          {_c.SequenceNumber} bigint not null, {_c.Message} {BytesType} not null, {_c.Tags} varchar(100), {_c.Manifest} varchar(500),
          {_c.Identifier} int, {_c.WriterUuid} varchar(128));
        {CreateIndex}
        create table if not exists {Newest} (persistence_id varchar(255) not null primary key, sequence_number bigint not null, revision bigint not null, gone {BoolType} not null);
        create table if not exists {Counter} (id int primary key, head bigint not null, floor bigint not null, bytes bigint not null);
        insert into {Counter} values (1, 0, 0, 0) on conflict do nothing;
        create table if not exists {Fingerprint} (name varchar(100) not null primary key, value varchar(100) not null);
        create table if not exists {EncryptionKeys} (id int not null primary key, phase int not null, wrapped {BytesType} not null, events_left bigint);
        """;

    private string CreateIndex => $"create unique index if not exists {table.Name}_uq on {Journal} ({_c.PersistenceId}, {_c.SequenceNumber});";

    /// <summary>The column types that differ: the revision's (a primary key), a flag's and the message's.</summary>
    protected abstract string OrderingType { get; }
    protected abstract string BoolType { get; }
    protected abstract string BytesType { get; }

    /// <summary>Makes the tables where there are none.</summary>
    public abstract Task Open();

    /// <summary>
    /// Stores the rows under the next revisions, all or none; the result is the revision before them. Null, and nothing is stored, if the floor is above
    /// <paramref name="seen"/>: then rows that would collide with these may have been compacted away, and the unique index alone would not notice. So it is if the
    /// head is below it, since the database has lost what was committed; and if a row is encrypted with a key that was dropped: nobody could read it.
    /// </summary>
    /// <param name="seen">The revision up to which the writer knows every event.</param>
    public abstract Task<long?> Insert(IReadOnlyList<JournalRow> rows, long seen);

    /// <summary>Gives space that compaction has freed back to the file system, at most some megabytes a call; false when there is none left to give.</summary>
    public virtual Task<bool> GiveBack() => Task.FromResult(false);

    /// <summary>How many events have been read from the table: at start as many as there are live objects, and those of the window.</summary>
    public long RowsRead => Interlocked.Read(ref _rowsRead);

    /// <summary>A row can't be read: its persistence id, its revision and why. Raised each time it is met; the reading goes on behind it.</summary>
    public event Action<string, long, Exception>? Unreadable;

    /// <summary>A connection of its own, to read.</summary>
    protected abstract Task<DbConnection> Connect();

    /// <summary>A transaction in which all reads see one state of the database.</summary>
    protected abstract Task<DbTransaction> Snapshot(DbConnection connection);

    /// <summary>Waits until a commit of this process whose connection broke has ended: only then is its outcome known.</summary>
    protected abstract Task Settle(DbConnection connection);

    public abstract ValueTask DisposeAsync();

    /// <summary>Whether the error says that the sequence number of a persistence id is taken.</summary>
    public static bool IsUniqueViolation(DbException e) =>
        e is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation } or SqliteException { SqliteErrorCode: 19 };

    /// <summary>What the counter row says.</summary>
    /// <param name="Head">The highest committed revision, by any process.</param>
    /// <param name="Floor">The revision up to which superseded events may be missing.</param>
    /// <param name="Bytes">What the messages of all kept events take together.</param>
    public readonly record struct Counters(long Head, long Floor, long Bytes);

    /// <summary>Reads the counter row.</summary>
    /// <param name="seen">A revision that was committed before the call.</param>
    /// <exception cref="JournalRewoundException">The database has lost it.</exception>
    public async Task<Counters> ReadCounters(long seen)
    {
        await using var connection = await Connect();
        return await ReadCounters(connection, null, seen);
    }

    /// <summary>What the processes that work on this database must have in common, by name.</summary>
    public async Task<IReadOnlyDictionary<string, string>> ReadFingerprints()
    {
        await using var connection = await Connect();
        return await ReadFingerprints(connection, null);
    }

    /// <summary>Adds those whose names are not there yet; the result is all there are then.</summary>
    public async Task<IReadOnlyDictionary<string, string>> AddFingerprints(IReadOnlyDictionary<string, string> own)
    {
        await using (var connection = await Connect())
        {
            foreach (var (name, value) in own)
            {
                await using var insert = Command(connection, null, $"insert into {Fingerprint} values (@name, @value) on conflict do nothing", ("name", name), ("value", value));
                await insert.ExecuteNonQueryAsync();
            }
        }
        return await ReadFingerprints();
    }

    /// <summary>Puts one value in place of another; nothing happens where there is a third.</summary>
    public async Task ReplaceFingerprint(string name, string before, string after)
    {
        await using var connection = await Connect();
        await using var update = Command(connection, null, $"update {Fingerprint} set value = @after where name = @name and value = @before", ("name", name), ("before", before), ("after", after));
        await update.ExecuteNonQueryAsync();
    }

    /// <summary>Fills an empty cache: the live objects as of <paramref name="window"/> revisions ago, then every change since.</summary>
    public async Task Load(WatchCache cache, long window)
    {
        await using var connection = await Connect();
        await using var snapshot = await Snapshot(connection);
        var (head, floor, _) = await ReadCounters(connection, snapshot);
        KeysRead?.Invoke(await ReadKeys(connection, snapshot));
        await Rebase(cache, Math.Max(floor, head - window), head, connection, snapshot);
        await Tail(cache, head, connection, snapshot);
    }

    /// <summary>Applies what the table has after the cache's revision.</summary>
    /// <param name="settle">Whether the outcome of a commit of this process is unknown and must be waited for.</param>
    public async Task ReadAfter(WatchCache cache, bool settle = false)
    {
        await using var connection = await Connect();
        if (settle) await Settle(connection);
        await using var snapshot = await Snapshot(connection);
        var (head, floor, _) = await ReadCounters(connection, snapshot, cache.Revision);
        KeysRead?.Invoke(await ReadKeys(connection, snapshot));
        // This process slept for longer than the retention: changes it has not seen are gone.
        if (floor > cache.Revision) await Rebase(cache, floor, head, connection, snapshot);
        await Tail(cache, head, connection, snapshot);
    }

    /// <summary>The last events of one object up to a revision, oldest first: at least those of the retention time.</summary>
    public async Task<IReadOnlyList<CommittedEvent>> ReadHistory(string persistenceId, int most, long upTo = long.MaxValue)
    {
        await using var connection = await Connect();
        await using var select = Command(
            connection, null, $"select {Columns} from {Journal} where {_c.PersistenceId} = @id and {_c.Ordering} <= @upTo order by {_c.SequenceNumber} desc limit @most", ("id", persistenceId), ("upTo", upTo), ("most", most));
        var events = new List<CommittedEvent>();
        await using var row = await select.ExecuteReaderAsync();
        while (await row.ReadAsync())
        {
            if (Event(row).Read is { } read) events.Add(read);
        }
        events.Reverse();
        return events;
    }

    /// <summary>The last events of the objects of a namespace ("": of none), or, with null, of all: oldest first.</summary>
    public async Task<IReadOnlyList<CommittedEvent>> ReadRecent(string? @namespace, int most)
    {
        await using var connection = await Connect();

        // A resource that is called like the namespace is looked at in vain.
        await using var select = Command(
            connection, null, $"select {Columns} from {Journal} where {_c.PersistenceId} like @pattern order by {_c.Ordering} desc", ("pattern", @namespace is null ? "%" : $"%/{@namespace}/%"));
        var events = new List<CommittedEvent>();
        await using var row = await select.ExecuteReaderAsync();
        while (events.Count < most && await row.ReadAsync())
        {
            if (Event(row).Read is { } read && (@namespace is null || read.Event.Key.Namespace == @namespace)) events.Add(read);
        }
        events.Reverse();
        return events;
    }

    /// <summary>
    /// Moves the floor by one piece, up to the first event that is not older than this: deletes the events that others up to the new floor supersede, and
    /// its tombstones. What stays is the state at the floor and every event after it. False if there is nothing (more) to do.
    /// </summary>
    /// <param name="olderThan">The age that is kept.</param>
    /// <param name="keepAfter">A revision the floor does not pass, however old the events.</param>
    public async Task<bool> CompactPiece(DateTimeOffset olderThan, long keepAfter = long.MaxValue)
    {
        await using var connection = await Connect();
        var (head, floor, _) = await ReadCounters(connection, null);

        // A restored journal has a hole of many revisions, which is passed over in one step.
        var first = await Scalar(connection, null, $"select min({_c.Ordering}) from {Journal} where {_c.Ordering} > @floor", ("floor", floor)) as long?;
        var target = Math.Min(Math.Min(head, keepAfter), (first ?? head) - 1 + Piece);
        await using (var young = Command(
            connection, null, $"select min({_c.Ordering}) from {Journal} where {_c.Ordering} > @floor and {_c.Ordering} <= @target and {_c.Created} >= @cutoff",
            ("floor", floor), ("target", target), ("cutoff", olderThan.UtcTicks)))
        {
            if (await young.ExecuteScalarAsync() is long kept) target = kept - 1;
        }
        if (target <= floor) return false;

        // Events up to the target never change, so what will go is found before the writers have to wait.
        var (superseded, bytes) = await Superseded(connection, floor, target);
        await using var transaction = await connection.BeginTransactionAsync();
        await using var move = Command(
            connection, transaction, $"update {Counter} set floor = @target, bytes = bytes - @bytes where id = 1 and floor = @floor", ("floor", floor), ("target", target), ("bytes", bytes));
        if (await move.ExecuteNonQueryAsync() == 0) return true; // another process moved it first
        await Delete(connection, transaction, superseded);
        await using var forget = Command(connection, transaction, $"delete from {Newest} where gone = @gone and revision > @floor and revision <= @target", ("gone", true), ("floor", floor), ("target", target));
        await forget.ExecuteNonQueryAsync();
        await transaction.CommitAsync();
        return true;
    }

    /// <summary>Deletes rows by revision, in the transaction.</summary>
    protected abstract Task Delete(DbConnection connection, DbTransaction transaction, IReadOnlyList<long> revisions);

    private async Task<(List<long> Revisions, long Bytes)> Superseded(DbConnection connection, long floor, long target)
    {
        var (revisions, bytes) = (new List<long>(), 0L);
        await using var select = Command(connection, null, $"""
            select old.{_c.Ordering}, length(old.{_c.Message}) from {Journal} newer join {Journal} old
              on old.{_c.PersistenceId} = newer.{_c.PersistenceId} and old.{_c.SequenceNumber} < newer.{_c.SequenceNumber}
            where newer.{_c.Ordering} > @floor and newer.{_c.Ordering} <= @target
            union
            select {_c.Ordering}, length({_c.Message}) from {Journal}
            where {_c.Ordering} > @floor and {_c.Ordering} <= @target and {_c.Manifest} = '{ObjectEventSerializer.Tombstone}'
            """, ("floor", floor), ("target", target));
        await using var row = await select.ExecuteReaderAsync();
        while (await row.ReadAsync())
        {
            revisions.Add(row.GetInt64(0));
            bytes += row.GetInt64(1);
        }
        return (revisions, bytes);
    }

    /// <summary>
    /// Reads the state as of a revision: of each id the newest event, or, of those that have changed since, the one before their first change.
    /// </summary>
    private async Task Rebase(WatchCache cache, long revision, long head, DbConnection connection, DbTransaction snapshot)
    {
        var live = new List<CommittedEvent>();
        var gone = new List<(string, NewestEvent)>();
        if (revision > 0)
        {
            // The bytes of a tombstone are of no use to anyone here.
            var columns = string.Join(", ", Columns.Split(", ").Select(column => column == _c.Message
                ? $"case when j.{_c.Manifest} = '{ObjectEventSerializer.Tombstone}' then null else j.{column} end"
                : $"j.{column}"));
            await using var select = Command(connection, snapshot, $"""
                select {columns} from {Newest} n join {Journal} j on j.{_c.Ordering} = n.revision where n.revision <= @revision
                union all
                select {columns} from (
                    select {_c.PersistenceId} as id, min({_c.SequenceNumber}) as first from {Journal} where {_c.Ordering} > @revision and {_c.Ordering} <= @head group by {_c.PersistenceId}) changed
                  join {Journal} j on j.{_c.PersistenceId} = changed.id and j.{_c.SequenceNumber} = changed.first - 1
                """, ("revision", revision), ("head", head));
            await using var row = await select.ExecuteReaderAsync();
            while (await row.ReadAsync())
            {
                if (row.IsDBNull(5)) gone.Add((row.GetString(3), new(row.GetInt64(4), row.GetInt64(0), row.GetInt64(1), null)));
                else if (Event(row) is var (read, fault) && read is not null) live.Add(read);
                else gone.Add(Place(row, fault));
            }
        }
        cache.Reset(new(revision, live, gone));
    }

    private async Task Tail(WatchCache cache, long head, DbConnection connection, DbTransaction snapshot)
    {
        var from = cache.Revision + 1;
        if (head < from) return;
        await using var select = Command(connection, snapshot, $"select {Columns} from {Journal} where {_c.Ordering} >= @from and {_c.Ordering} <= @head order by {_c.Ordering}", ("from", from), ("head", head));
        var (events, unreadable) = (new List<CommittedEvent>(), new List<(string, NewestEvent)>());
        await using var row = await select.ExecuteReaderAsync();
        while (await row.ReadAsync())
        {
            if (Event(row) is var (read, fault) && read is not null) events.Add(read);
            else unreadable.Add(Place(row, fault));
            if (events.Count + unreadable.Count < Piece) continue;
            var to = row.GetInt64(0);
            cache.Apply(new(from, to, events) { Unreadable = unreadable });
            (from, events, unreadable) = (to + 1, [], []);
        }
        cache.Apply(new(from, head, events) { Unreadable = unreadable });
    }

    private async Task<Counters> ReadCounters(DbConnection connection, DbTransaction? snapshot, long seen = 0)
    {
        await using var select = Command(connection, snapshot, $"select head, floor, bytes from {Counter} where id = 1");
        await using var row = await select.ExecuteReaderAsync();
        await row.ReadAsync();
        var counters = new Counters(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2));
        return counters.Head < seen ? throw new JournalRewoundException(counters.Head, seen) : counters;
    }

    // A row that can't be read (damage, a newer version, a key that is not on the ring) is reported and left; all others go on.
    private (CommittedEvent? Read, string Fault) Event(DbDataReader row)
    {
        var (id, revision) = (row.GetString(3), row.GetInt64(0));
        Interlocked.Increment(ref _rowsRead);
        try
        {
            var stored = read(row.GetFieldValue<byte[]>(5), row.GetInt32(7), row.IsDBNull(6) ? "" : row.GetString(6));
            stored.Committed(revision);
            return (new(id, row.GetInt64(4), row.GetInt64(1), stored), "");
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            Unreadable?.Invoke(id, revision, fault);
            return (null, fault.Message);
        }
    }

    private static (string, NewestEvent) Place(DbDataReader row, string fault) => (row.GetString(3), new(row.GetInt64(4), row.GetInt64(0), row.GetInt64(1), null, fault));

    private static DbCommand Command(DbConnection connection, DbTransaction? transaction, string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        var command = connection.CreateCommand();
        (command.CommandText, command.Transaction) = (sql, transaction);
        foreach (var (name, value) in parameters)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value);
            command.Parameters.Add(parameter);
        }
        return command;
    }
}
