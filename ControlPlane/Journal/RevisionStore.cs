using System.Data.Common;
using Akka.Persistence.Sql.Config;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace ControlPlane.Journal;

/// <summary>
/// The journal's table, with the columns of Akka.Persistence.Sql but without the indexes it never uses here, and two counter rows: the head, whose row lock is held until commit and so orders the commits, and the floor, up to
/// which superseded events may have been compacted away. <see cref="Insert"/> belongs to the one writer; all else may run at any time.
/// </summary>
public abstract class RevisionStore(EventJournalTableConfig table, string? schema, ReadEvent read) : IAsyncDisposable
{
    private const int Piece = 1000;
    private const int Head = 1;
    private const int Floor = 2;
    private readonly JournalTableColumnNames _c = table.ColumnNames;

    protected string Journal => schema is null ? table.Name : $"{schema}.{table.Name}";
    protected string Counter => schema is null ? "revision_counter" : $"{schema}.revision_counter";
    protected string Columns => $"{_c.Ordering}, {_c.Created}, {_c.Deleted}, {_c.PersistenceId}, {_c.SequenceNumber}, {_c.Message}, {_c.Manifest}, {_c.Identifier}, {_c.Tags}";
    protected string Create => $"""
        create table if not exists {Journal} (
          {_c.Ordering} {OrderingType}, {_c.Created} bigint not null, {_c.Deleted} {BoolType} not null, {_c.PersistenceId} varchar(255) not null,
          {_c.SequenceNumber} bigint not null, {_c.Message} {BytesType} not null, {_c.Tags} varchar(100), {_c.Manifest} varchar(500),
          {_c.Identifier} int, {_c.WriterUuid} varchar(128));
        create unique index if not exists {table.Name}_uq on {Journal} ({_c.PersistenceId}, {_c.SequenceNumber});
        create table if not exists {Counter} (id int primary key, value bigint not null);
        insert into {Counter} select {Head}, coalesce(max({_c.Ordering}), 0) from {Journal} where true on conflict do nothing;
        insert into {Counter} values ({Floor}, 0) on conflict do nothing;
        """;

    /// <summary>The column types that differ: the revision's (a primary key), a flag's and the message's.</summary>
    protected abstract string OrderingType { get; }
    protected abstract string BoolType { get; }
    protected abstract string BytesType { get; }

    /// <summary>Makes the tables where there are none.</summary>
    public abstract Task Open();

    /// <summary>Stores the rows under the next revisions, all or none; the result is the revision before them.</summary>
    public abstract Task<long> Insert(IReadOnlyList<JournalRow> rows);

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

    /// <summary>The highest committed revision, by any process, and the one up to which superseded events may be missing.</summary>
    public async Task<(long Head, long Floor)> ReadCounters()
    {
        await using var connection = await Connect();
        return await ReadCounters(connection, null);
    }

    /// <summary>Fills an empty cache: the live objects as of <paramref name="window"/> revisions ago, then every change since.</summary>
    public async Task Load(WatchCache cache, long window)
    {
        await using var connection = await Connect();
        await using var snapshot = await Snapshot(connection);
        var (head, floor) = await ReadCounters(connection, snapshot);
        await Rebase(cache, Math.Max(floor, head - window), connection, snapshot);
        await Tail(cache, head, connection, snapshot);
    }

    /// <summary>Applies what the table has after the cache's revision.</summary>
    /// <param name="settle">Whether the outcome of a commit of this process is unknown and must be waited for.</param>
    public async Task ReadAfter(WatchCache cache, bool settle = false)
    {
        await using var connection = await Connect();
        if (settle) await Settle(connection);
        await using var snapshot = await Snapshot(connection);
        var (head, floor) = await ReadCounters(connection, snapshot);
        // This process slept for longer than the retention: changes it has not seen are gone.
        if (floor > cache.Revision) await Rebase(cache, floor, connection, snapshot);
        await Tail(cache, head, connection, snapshot);
    }

    /// <summary>The last events of one object, oldest first: at least those of the retention time.</summary>
    public async Task<IReadOnlyList<CommittedEvent>> ReadHistory(string persistenceId, int most)
    {
        await using var connection = await Connect();
        await using var select = Command(
            connection, null, $"select {Columns} from {Journal} where {_c.PersistenceId} = @id order by {_c.SequenceNumber} desc limit @most", ("id", persistenceId), ("most", most));
        var events = new List<CommittedEvent>();
        await using var row = await select.ExecuteReaderAsync();
        while (await row.ReadAsync()) events.Add(Event(row));
        events.Reverse();
        return events;
    }

    /// <summary>
    /// Moves the floor by one piece, up to the first event that is not older than this: deletes the events that others up to the new floor supersede, and
    /// its tombstones. What stays is the state at the floor and every event after it. False if there is nothing (more) to do.
    /// </summary>
    public async Task<bool> CompactPiece(DateTimeOffset olderThan)
    {
        await using var connection = await Connect();
        var (head, floor) = await ReadCounters(connection, null);
        var target = Math.Min(head, floor + Piece);
        await using (var young = Command(
            connection, null, $"select min({_c.Ordering}) from {Journal} where {_c.Ordering} > @floor and {_c.Ordering} <= @target and {_c.Created} >= @cutoff",
            ("floor", floor), ("target", target), ("cutoff", olderThan.UtcTicks)))
        {
            if (await young.ExecuteScalarAsync() is long first) target = first - 1;
        }
        if (target <= floor) return false;
        await using var transaction = await connection.BeginTransactionAsync();
        await using var move = Command(connection, transaction, $"update {Counter} set value = @target where id = {Floor} and value = @floor", ("floor", floor), ("target", target));
        if (await move.ExecuteNonQueryAsync() == 0) return true; // another process moved it first
        await using var delete = Command(connection, transaction, $"""
            delete from {Journal} where {_c.Ordering} in (
              select old.{_c.Ordering} from {Journal} newer join {Journal} old
                on old.{_c.PersistenceId} = newer.{_c.PersistenceId} and old.{_c.SequenceNumber} < newer.{_c.SequenceNumber}
              where newer.{_c.Ordering} > @floor and newer.{_c.Ordering} <= @target);
            delete from {Journal} where {_c.Ordering} > @floor and {_c.Ordering} <= @target and {_c.Manifest} = '{ObjectEventSerializer.Tombstone}';
            """, ("floor", floor), ("target", target));
        await delete.ExecuteNonQueryAsync();
        await transaction.CommitAsync();
        return true;
    }

    private async Task Rebase(WatchCache cache, long revision, DbConnection connection, DbTransaction snapshot)
    {
        var live = new List<CommittedEvent>();
        var gone = new List<(string, NewestEvent)>();
        if (revision > 0)
        {
            // The bytes of a tombstone are of no use to anyone here.
            var columns = Columns.Replace(_c.Message, $"case when {_c.Manifest} = '{ObjectEventSerializer.Tombstone}' then null else {_c.Message} end", StringComparison.Ordinal);
            await using var select = Command(connection, snapshot, $"""
                select {columns} from {Journal} j where {_c.Ordering} <= @revision and not exists (
                  select 1 from {Journal} newer where newer.{_c.PersistenceId} = j.{_c.PersistenceId}
                    and newer.{_c.SequenceNumber} > j.{_c.SequenceNumber} and newer.{_c.Ordering} <= @revision)
                order by {_c.Ordering}
                """, ("revision", revision));
            await using var row = await select.ExecuteReaderAsync();
            while (await row.ReadAsync())
            {
                if (row.IsDBNull(5)) gone.Add((row.GetString(3), new(row.GetInt64(4), row.GetInt64(0), row.GetInt64(1), null)));
                else live.Add(Event(row));
            }
        }
        cache.Reset(new(revision, live, gone));
    }

    private async Task Tail(WatchCache cache, long head, DbConnection connection, DbTransaction snapshot)
    {
        var from = cache.Revision + 1;
        if (head < from) return;
        await using var select = Command(connection, snapshot, $"select {Columns} from {Journal} where {_c.Ordering} >= @from and {_c.Ordering} <= @head order by {_c.Ordering}", ("from", from), ("head", head));
        var events = new List<CommittedEvent>();
        await using var row = await select.ExecuteReaderAsync();
        while (await row.ReadAsync())
        {
            events.Add(Event(row));
            if (events.Count < Piece) continue;
            cache.Apply(new(from, events[^1].Revision, events));
            from = events[^1].Revision + 1;
            events = [];
        }
        cache.Apply(new(from, head, events));
    }

    private async Task<(long Head, long Floor)> ReadCounters(DbConnection connection, DbTransaction? snapshot)
    {
        await using var select = Command(connection, snapshot, $"select max(case when id = {Head} then value end), max(case when id = {Floor} then value end) from {Counter}");
        await using var row = await select.ExecuteReaderAsync();
        await row.ReadAsync();
        return (row.GetInt64(0), row.GetInt64(1));
    }

    private CommittedEvent Event(DbDataReader row)
    {
        var stored = read(row.GetFieldValue<byte[]>(5), row.GetInt32(7), row.IsDBNull(6) ? "" : row.GetString(6));
        stored.Committed(row.GetInt64(0));
        return new(row.GetString(3), row.GetInt64(4), row.GetInt64(1), stored);
    }

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
