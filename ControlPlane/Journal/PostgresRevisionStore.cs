using System.Data;
using System.Data.Common;
using Akka.Persistence.Sql.Config;
using Npgsql;
using NpgsqlTypes;

namespace ControlPlane.Journal;

/// <summary>The journal on PostgreSQL: a transaction is one prepared statement on the writer's own connection.</summary>
public sealed class PostgresRevisionStore(string connectionString, EventJournalTableConfig table, string? schema, ReadEvent read)
    : RevisionStore(table, schema, read)
{
    private static readonly NpgsqlDbType[] Types =
        [NpgsqlDbType.Bigint, NpgsqlDbType.Text, NpgsqlDbType.Bigint, NpgsqlDbType.Bytea, NpgsqlDbType.Text, NpgsqlDbType.Integer, NpgsqlDbType.Text];
    private readonly NpgsqlDataSource _db = NpgsqlDataSource.Create(connectionString);
    private NpgsqlConnection? _connection;
    private NpgsqlCommand? _insert;

    /// <inheritdoc/>
    public override async Task Open()
    {
        await using var create = _db.CreateCommand(CreateCounter);
        await create.ExecuteNonQueryAsync();
    }

    /// <inheritdoc/>
    public override async Task<long> Insert(IReadOnlyList<JournalRow> rows)
    {
        if (_connection is not { State: ConnectionState.Open }) await Prepare();
        var p = _insert!.Parameters;
        p[0].Value = (long)rows.Count;
        p[1].Value = Column(rows, row => row.Created);
        p[2].Value = Column(rows, row => row.PersistenceId);
        p[3].Value = Column(rows, row => row.SequenceNr);
        p[4].Value = Column(rows, row => row.Message);
        p[5].Value = Column(rows, row => row.Manifest);
        p[6].Value = Column(rows, row => row.SerializerId);
        p[7].Value = Column(rows, row => row.Tags);
        return (long)(await _insert.ExecuteScalarAsync())!;
    }

    private async Task Prepare()
    {
        if (_connection is not null) await _connection.DisposeAsync();
        _connection = await _db.OpenConnectionAsync();
        // The table's ordering is an identity column: its values are given here, so its own sequence is never used.
        _insert = new($"""
            with allotted as (update {Counter} set value = value + $1 where id = 1 returning value - $1 as before),
            stored as (insert into {Journal} ({Columns}) overriding system value
              select before + n, created, false, pid, seq, message, manifest, identifier, tags from allotted,
                unnest($2::bigint[], $3::text[], $4::bigint[], $5::bytea[], $6::text[], $7::int[], $8::text[])
                with ordinality as e(created, pid, seq, message, manifest, identifier, tags, n))
            select before from allotted
            """, _connection);
        _insert.Parameters.Add(new() { NpgsqlDbType = NpgsqlDbType.Bigint });
        foreach (var type in Types) _insert.Parameters.Add(new() { NpgsqlDbType = NpgsqlDbType.Array | type });
        await _insert.PrepareAsync();
    }

    /// <inheritdoc/>
    protected override async Task<DbConnection> Connect() => await _db.OpenConnectionAsync();

    /// <inheritdoc/>
    protected override async Task<DbTransaction> Snapshot(DbConnection connection) => await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead);

    /// <inheritdoc/>
    protected override async Task Settle(DbConnection connection)
    {
        await using var settle = connection.CreateCommand();
        settle.CommandText = $"select value from {Counter} where id = 1 for update";
        await settle.ExecuteNonQueryAsync();
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (_connection is not null) await _connection.DisposeAsync();
        await _db.DisposeAsync();
    }

    private static T[] Column<T>(IReadOnlyList<JournalRow> rows, Func<JournalRow, T> value)
    {
        var column = new T[rows.Count];
        for (var i = 0; i < column.Length; i++) column[i] = value(rows[i]);
        return column;
    }
}
