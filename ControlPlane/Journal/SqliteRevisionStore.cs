using System.Data;
using System.Data.Common;
using Akka.Persistence.Sql.Config;
using Microsoft.Data.Sqlite;

namespace ControlPlane.Journal;

/// <summary>The journal in a SQLite file with a write-ahead log: one connection writes, others read beside it.</summary>
public sealed class SqliteRevisionStore(string connectionString, EventJournalTableConfig table, string pragmas, ReadEvent read)
    : RevisionStore(table, null, read)
{
    private readonly SqliteConnection _writer = new(connectionString);
    private SqliteCommand? _allot;
    private SqliteCommand? _insert;

    protected override string OrderingType => "integer not null primary key autoincrement";
    protected override string BoolType => "bit";
    protected override string BytesType => "varbinary";

    /// <inheritdoc/>
    public override async Task Open()
    {
        if (_writer.State != ConnectionState.Open) await _writer.OpenAsync();
        await using var create = _writer.CreateCommand();
        create.CommandText = pragmas + ";" + Create;
        await create.ExecuteNonQueryAsync();
        _allot = Prepared($"update {Counter} set value = value + $0 where id = 1 returning value - $0", 1);
        _insert = Prepared($"insert into {Journal} ({Columns}) values ($0, $1, 0, $2, $3, $4, $5, $6, $7)", 8);
    }

    /// <inheritdoc/>
    public override Task<long> Insert(IReadOnlyList<JournalRow> rows)
    {
        using var transaction = _writer.BeginTransaction(deferred: false);
        (_allot!.Transaction, _insert!.Transaction) = (transaction, transaction);
        _allot.Parameters[0].Value = rows.Count;
        var before = (long)_allot.ExecuteScalar()!;
        var (revision, p) = (before, _insert.Parameters);
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
        }
        transaction.Commit();
        return Task.FromResult(before);
    }

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
    protected override Task Settle(DbConnection connection) => Task.CompletedTask;

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => _writer.DisposeAsync();

    private SqliteCommand Prepared(string sql, int parameters)
    {
        var command = new SqliteCommand(sql, _writer);
        for (var i = 0; i < parameters; i++) command.Parameters.Add(new SqliteParameter($"${i}", null));
        return command;
    }
}
