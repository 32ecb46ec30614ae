using System.Data.Common;
using System.Runtime.CompilerServices;

namespace ControlPlane.Journal;

/// <summary>All of a journal, out of one database and into another, of whichever kind.</summary>
public abstract partial class RevisionStore
{
    private const int RowsAtOnce = 5000;

    /// <summary>Hands over everything there is as of one moment, the rows in order; others write meanwhile.</summary>
    /// <param name="take">Is called once; the rows may be read until it completes.</param>
    public async Task ReadAll(Func<Counters, IReadOnlyDictionary<string, string>, IAsyncEnumerable<TableRow>, Task> take, CancellationToken stop)
    {
        await using var connection = await Connect();
        await using var snapshot = await Snapshot(connection);
        if (OnlyReads.Length > 0) await Scalar(connection, snapshot, OnlyReads);
        var counters = await ReadCounters(connection, snapshot);
        await take(counters, await ReadFingerprints(connection, snapshot), Rows(connection, snapshot, stop));
    }

    /// <summary>Fills an empty database in one transaction: it holds all of this afterwards, or what it held before.</summary>
    /// <param name="head">The revision after which the next one comes; none of the rows is above it.</param>
    /// <param name="floor">The revision up to which superseded events may be missing.</param>
    /// <exception cref="JournalNotEmptyException">It is not empty, or belongs to a cluster with other keys.</exception>
    public async Task Fill(long head, long floor, IReadOnlyDictionary<string, string> fingerprints, IEnumerable<TableRow> rows, CancellationToken stop)
    {
        await using var connection = await ConnectToFill();
        await using var transaction = await connection.BeginTransactionAsync(stop);
        await Execute($"{BeforeFill} {Create} {LockTables}");
        await RefuseIfTaken(connection, transaction, fingerprints);

        // An index is made faster in one go than row by row.
        await Execute($"drop index {Index}");
        var bytes = 0L;
        await Copy(connection, transaction, Checked(), stop);
        await Execute($"""
            {CreateIndex}
            insert into {Newest} (persistence_id, sequence_number, revision, gone)
              select j.{_c.PersistenceId}, j.{_c.SequenceNumber}, j.{_c.Ordering}, j.{_c.Manifest} = '{ObjectEventSerializer.Tombstone}'
                from (select {_c.PersistenceId} as id, max({_c.SequenceNumber}) as last from {Journal} group by {_c.PersistenceId}) newest
                join {Journal} j on j.{_c.PersistenceId} = newest.id and j.{_c.SequenceNumber} = newest.last
            """);
        await Execute($"update {Counter} set head = @head, floor = @floor, bytes = @bytes where id = 1", ("head", head), ("floor", floor), ("bytes", bytes));
        foreach (var (name, value) in fingerprints)
        {
            await Execute($"insert into {Fingerprint} values (@name, @value) on conflict do nothing", ("name", name), ("value", value));
        }
        await transaction.CommitAsync(stop);

        IEnumerable<TableRow> Checked()
        {
            var last = 0L;
            foreach (var row in rows)
            {
                if (row.Revision <= last || row.Revision > head) throw new InvalidDataException($"Revision {row.Revision} stands after {last}, and the highest is {head}.");
                last = row.Revision;
                bytes += row.Message.Length;
                yield return row;
            }
        }

        async Task Execute(string sql, params (string, object)[] parameters)
        {
            await using var command = Command(connection, transaction, sql, parameters);
            command.CommandTimeout = 0;
            await command.ExecuteNonQueryAsync(stop);
        }
    }

    /// <summary>A connection for the one large transaction that fills the database.</summary>
    protected virtual Task<DbConnection> ConnectToFill() => Connect();

    /// <summary>SQL that makes the database refuse writes in a transaction; empty where it knows none.</summary>
    protected virtual string OnlyReads => "";

    /// <summary>SQL before the tables are made for a filling, and after it, that keeps others away until it is committed.</summary>
    protected virtual string BeforeFill => "";
    protected virtual string LockTables => "";

    /// <summary>Adds rows to the table, in the transaction.</summary>
    protected abstract Task Copy(DbConnection connection, DbTransaction transaction, IEnumerable<TableRow> rows, CancellationToken stop);

    private string Index => schema is null ? $"{table.Name}_uq" : $"{schema}.{table.Name}_uq";

    private async Task RefuseIfTaken(DbConnection connection, DbTransaction transaction, IReadOnlyDictionary<string, string> fingerprints)
    {
        var (head, _, _) = await ReadCounters(connection, transaction);
        if (head > 0) throw new JournalNotEmptyException($"a cluster has its objects there, up to resourceVersion {head}");
        if (await Scalar(connection, transaction, $"select min({_c.Ordering}) from {Journal}") is long) throw new JournalNotEmptyException($"its table {Journal} is another program's");
        foreach (var (name, value) in await ReadFingerprints(connection, transaction))
        {
            if (fingerprints.GetValueOrDefault(name) != value) throw new JournalNotEmptyException("it belongs to a cluster with other keys, which has written nothing yet");
        }
    }

    // Page by page along the primary key: no database sorts or holds the whole of it.
    private async IAsyncEnumerable<TableRow> Rows(DbConnection connection, DbTransaction snapshot, [EnumeratorCancellation] CancellationToken stop)
    {
        for (var (after, found) = (0L, RowsAtOnce); found == RowsAtOnce;)
        {
            await using var select = Command(connection, snapshot, $"select {Columns} from {Journal} where {_c.Ordering} > @after order by {_c.Ordering} limit {RowsAtOnce}", ("after", after));
            select.CommandTimeout = 0;
            await using var row = await select.ExecuteReaderAsync(stop);
            for (found = 0; await row.ReadAsync(stop); found++)
            {
                after = row.GetInt64(0);
                yield return new(
                    after, row.GetInt64(1), row.GetBoolean(2), row.GetString(3), row.GetInt64(4), row.GetFieldValue<byte[]>(5),
                    row.IsDBNull(6) ? null : row.GetString(6), row.IsDBNull(7) ? null : row.GetInt32(7), row.IsDBNull(8) ? null : row.GetString(8));
            }
        }
    }

    private async Task<Dictionary<string, string>> ReadFingerprints(DbConnection connection, DbTransaction? transaction)
    {
        await using var select = Command(connection, transaction, $"select name, value from {Fingerprint}");
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        await using var row = await select.ExecuteReaderAsync();
        while (await row.ReadAsync()) found[row.GetString(0)] = row.GetString(1);
        return found;
    }

    private static async Task<object?> Scalar(DbConnection connection, DbTransaction? transaction, string sql, params (string, object)[] parameters)
    {
        await using var command = Command(connection, transaction, sql, parameters);
        return await command.ExecuteScalarAsync();
    }
}
