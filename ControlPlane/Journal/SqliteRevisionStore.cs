using System.Data;
using System.Data.Common;
using Akka.Persistence.Sql.Config;
using Microsoft.Data.Sqlite;

namespace ControlPlane.Journal;

/// <summary>The journal in a SQLite file with a write-ahead log: one connection writes, others read beside it.</summary>
public sealed class SqliteRevisionStore(string connectionString, EventJournalTableConfig table, string pragmas, ReadEvent read)
    : RevisionStore(table, null, read)
{
    private const int PagesAtOnce = 1000;
    private const string BeforeTables = "pragma auto_vacuum=incremental";
    private readonly SqliteConnection _writer = new(connectionString);
    private SqliteCommand? _allot;
    private SqliteCommand? _insert;
    private SqliteCommand? _newest;
    private SqliteCommand? _key;

    protected override string OrderingType => "integer not null primary key autoincrement";
    protected override string BoolType => "bit";
    protected override string BytesType => "varbinary";

    /// <inheritdoc/>
    public override async Task Open()
    {
        MakePrivate(_writer.DataSource);
        if (_writer.State != ConnectionState.Open) await _writer.OpenAsync();
        await using var create = _writer.CreateCommand();
        // Has to be said before the first table is made: later it would take a rewrite of the whole file.
        create.CommandText = $"{BeforeTables};{pragmas};{Create}";
        await create.ExecuteNonQueryAsync();
        _allot = Prepared($"update {Counter} set head = head + $0, bytes = bytes + $1 where id = 1 and floor <= $2 and head >= $2 returning head - $0", 3);
        _insert = Prepared($"insert into {Journal} ({Columns}) values ($0, $1, 0, $2, $3, $4, $5, $6, $7)", 8);
        _newest = Prepared($"""
            insert into {Newest} (persistence_id, sequence_number, revision, gone) values ($0, $1, $2, $3)
            on conflict do update set sequence_number = excluded.sequence_number, revision = excluded.revision, gone = excluded.gone
            """, 4);
        _key = Prepared($"select 1 from {EncryptionKeys} where id = $0 and phase <> {(int)KeyPhase.Dropped}", 1);
    }

    private bool HasDropped(IReadOnlyList<JournalRow> rows, SqliteTransaction transaction)
    {
        _key!.Transaction = transaction;
        return RevisionStore.KeysOf(rows).Any(key =>
        {
            _key.Parameters[0].Value = key;
            return _key.ExecuteScalar() is null;
        });
    }

    /// <inheritdoc/>
    public override Task<long?> Insert(IReadOnlyList<JournalRow> rows, long seen)
    {
        using var transaction = _writer.BeginTransaction(deferred: false);
        (_allot!.Transaction, _insert!.Transaction, _newest!.Transaction) = (transaction, transaction, transaction);
        _allot.Parameters[0].Value = rows.Count;
        _allot.Parameters[1].Value = rows.Sum(static row => (long)row.Message.Length);
        _allot.Parameters[2].Value = seen;
        if (HasDropped(rows, transaction) || _allot.ExecuteScalar() is not long before) return Task.FromResult<long?>(null);
        var (revision, p, newest) = (before, _insert.Parameters, _newest.Parameters);
        foreach (var row in rows)
        {
            p[0].Value = ++revision;
            p[1].Value = row.Created;
            p[2].Value = row.PersistenceId;
            p[3].Value = row.SequenceNr;
            p[4].Value = row.Message;
            p[5].Value = row.Manifest;
            p[6].Value = row.SerializerId;
            p[7].Value = row.Tags;
            _insert.ExecuteNonQuery();
            newest[0].Value = row.PersistenceId;
            newest[1].Value = row.SequenceNr;
            newest[2].Value = revision;
            newest[3].Value = row.Manifest == ObjectEventSerializer.Tombstone;
            _newest.ExecuteNonQuery();
        }
        transaction.Commit();
        return Task.FromResult<long?>(before);
    }

    /// <inheritdoc/>
    protected override async Task<DbTransaction> BeginKeyStep(DbConnection connection) => await Task.FromResult(((SqliteConnection)connection).BeginTransaction(deferred: false));

    /// <inheritdoc/>
    protected override async Task<DbConnection> Connect()
    {
        var connection = new SqliteConnection(connectionString);
        await connection.OpenAsync();
        await using var prepare = connection.CreateCommand();
        prepare.CommandText = pragmas;
        await prepare.ExecuteNonQueryAsync();
        return connection;
    }

    /// <inheritdoc/>
    protected override Task<DbTransaction> Snapshot(DbConnection connection) =>
        Task.FromResult<DbTransaction>(((SqliteConnection)connection).BeginTransaction(deferred: true));

    /// <inheritdoc/>
    protected override async Task Delete(DbConnection connection, DbTransaction transaction, IReadOnlyList<long> revisions)
    {
        await using var delete = connection.CreateCommand();
        (delete.CommandText, delete.Transaction) = ($"delete from {Journal} where {Revision} = $0", transaction);
        var revision = new SqliteParameter("$0", null);
        delete.Parameters.Add(revision);
        foreach (var each in revisions)
        {
            revision.Value = each;
            await delete.ExecuteNonQueryAsync();
        }
    }

    /// <inheritdoc/>
    /// <remarks>A new file has no write-ahead log yet, and an empty one needs no copy of what a transaction overwrites: each page is written once.</remarks>
    protected override async Task<DbConnection> ConnectToFill()
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        MakePrivate(connection.DataSource);
        await connection.OpenAsync();
        await using var prepare = connection.CreateCommand();
        prepare.CommandText = $"{BeforeTables}; pragma synchronous=full; pragma cache_size=-65536";
        await prepare.ExecuteNonQueryAsync();
        return connection;
    }

    /// <inheritdoc/>
    protected override async Task Copy(DbConnection connection, DbTransaction transaction, IEnumerable<TableRow> rows, CancellationToken stop)
    {
        await using var insert = (SqliteCommand)connection.CreateCommand();
        (insert.CommandText, insert.Transaction) = ($"insert into {Journal} ({Columns}) values ($0, $1, $2, $3, $4, $5, $6, $7, $8)", (SqliteTransaction)transaction);
        for (var i = 0; i < 9; i++) insert.Parameters.Add(new SqliteParameter($"${i}", null));
        foreach (var row in rows)
        {
            stop.ThrowIfCancellationRequested();
            ReadOnlySpan<object?> values = [row.Revision, row.Created, row.Deleted, row.PersistenceId, row.SequenceNr, row.Message, row.Manifest, row.SerializerId, row.Tags];
            for (var i = 0; i < values.Length; i++) insert.Parameters[i].Value = values[i] ?? DBNull.Value;
            insert.ExecuteNonQuery();
        }
    }

    /// <inheritdoc/>
    public override async Task<bool> GiveBack()
    {
        await using var connection = await Connect();
        await using var free = connection.CreateCommand();
        free.CommandText = "pragma freelist_count";
        if ((long)(await free.ExecuteScalarAsync())! == 0) return false;
        await using var vacuum = connection.CreateCommand();
        vacuum.CommandText = $"pragma incremental_vacuum({PagesAtOnce})";
        await using var page = await vacuum.ExecuteReaderAsync();
        while (await page.ReadAsync()) { } // a page is freed by each step
        return true;
    }

    /// <inheritdoc/>
    protected override Task Settle(DbConnection connection) => Task.CompletedTask;

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => _writer.DisposeAsync();

    // SQLite gives the log and the index beside the file the file's own mode.
    private static void MakePrivate(string file)
    {
        if (OperatingSystem.IsWindows()) return;
        const UnixFileMode owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (new FileStream(file, new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite, UnixCreateMode = owner })) { }
        File.SetUnixFileMode(file, owner);
    }

    private SqliteCommand Prepared(string sql, int parameters)
    {
        var command = new SqliteCommand(sql, _writer);
        for (var i = 0; i < parameters; i++) command.Parameters.Add(new SqliteParameter($"${i}", null));
        return command;
    }
}
