using System.Collections.Immutable;
using System.Data.Common;
using System.Globalization;
using System.Runtime.Serialization;

namespace ControlPlane.Journal;

/// <summary>The keys of secrets, as the database knows them, and what is encrypted with which.</summary>
public abstract partial class RevisionStore
{
    // Longer than what stands before the envelope in all but the strangest events: enough to see the key's number.
    private const int Beginning = 2048;

    /// <summary>
    /// The keys as of a snapshot that rows are about to be read from: a key is stored before anything is encrypted with it, so whoever learns these can read all of them.
    /// </summary>
    public event Action<IReadOnlyList<EncryptionKey>>? KeysRead;

    protected string EncryptionKeys => schema is null ? "encryption_key" : $"{schema}.encryption_key";

    /// <summary>Starts a transaction in which no other process takes a step with the keys.</summary>
    protected abstract Task<DbTransaction> BeginKeyStep(DbConnection connection);

    /// <summary>The keys that the database must not have dropped for the rows to be stored.</summary>
    protected static int[] KeysOf(IReadOnlyList<JournalRow> rows) => [.. rows.Select(row => row.Key).Where(key => key != 0).Distinct()];

    /// <summary>Reads the keys, and tells those who follow.</summary>
    public async Task<KeyTable> ReadKeys()
    {
        await using var connection = await Connect();
        var keys = await ReadKeys(connection, null);
        KeysRead?.Invoke(keys);
        return new(keys);
    }

    /// <summary>Applies a step to the keys that there are, alone; the result is what there is then.</summary>
    /// <param name="fingerprints">Of keys that the step adds, by their ids.</param>
    /// <exception cref="KeyStepException">The step can't be taken; nothing was changed.</exception>
    public async Task<KeyTable> StepKeys(Func<KeyTable, KeyTable> step, IReadOnlyDictionary<int, string>? fingerprints = null)
    {
        await using var connection = await Connect();
        await using var transaction = await BeginKeyStep(connection);
        var before = new KeyTable(await ReadKeys(connection, transaction));
        var after = step(before);
        if (after != before) await Replace(connection, transaction, before, after, fingerprints);
        await transaction.CommitAsync();
        KeysRead?.Invoke(after.Keys);
        return after;
    }

    /// <summary>
    /// Drops the retired keys. From the moment they are locked nobody can store anything under them; then what is stored is searched, and if anything needs one, nothing is changed.
    /// </summary>
    /// <exception cref="KeyStepException">There are none, or something needs one.</exception>
    public async Task<KeyTable> DropKeys()
    {
        await using var connection = await Connect();
        await using var transaction = await BeginKeyStep(connection);
        var before = new KeyTable(await ReadKeys(connection, transaction));
        await using (var gone = Command(connection, transaction, $"update {EncryptionKeys} set phase = {(int)KeyPhase.Dropped} where phase = {(int)KeyPhase.Retired}")) await gone.ExecuteNonQueryAsync();
        var after = before.Dropped(await CountByKey(connection, transaction));
        await Replace(connection, transaction, before, after, null);
        await transaction.CommitAsync();
        KeysRead?.Invoke(after.Keys);
        return after;
    }

    /// <summary>How many stored events, those of the history among them, each key is needed for.</summary>
    public async Task<IReadOnlyDictionary<int, long>> CountByKey()
    {
        await using var connection = await Connect();
        return await CountByKey(connection, null);
    }

    /// <summary>Notes how many events still need each retired key.</summary>
    public Task<KeyTable> NoteLeft(IReadOnlyDictionary<int, long> needed) => StepKeys(table => new([.. table.Keys.Select(key =>
        key.Phase == KeyPhase.Retired && key.Left != needed.GetValueOrDefault(key.Id) ? key with { Left = needed.GetValueOrDefault(key.Id) } : key)]));

    /// <summary>
    /// Encrypts anew, with the ring's current key, the next events after a revision that are encrypted with another. Revisions, sequence numbers and all that anyone sees stay as
    /// they are: only the bytes at rest change, in one transaction.
    /// </summary>
    /// <param name="after">The revision after which to look.</param>
    /// <param name="until">The last revision to look at: what writers add meanwhile is under the new key.</param>
    /// <param name="most">How many events are read at most.</param>
    /// <returns>The last revision that was looked at, 0 if there was none; how many were encrypted anew; how many could not be.</returns>
    public async Task<(long To, int Renewed, int Failed)> RenewPiece(KeyRing ring, long after, long until, int most)
    {
        await using var connection = await Connect();
        var (to, renewed, failed) = (0L, new List<(long Revision, int Key, byte[] Message)>(), 0);
        await using (var select = Command(connection, null, $"select {_c.Ordering}, {_c.Message} from {Journal} where {_c.Ordering} > @after and {_c.Ordering} <= @until and ({IsProtected}) order by {_c.Ordering} limit @most", ("after", after), ("until", until), ("most", most)))
        {
            await using var row = await select.ExecuteReaderAsync();
            while (await row.ReadAsync())
            {
                to = row.GetInt64(0);
                var message = row.GetFieldValue<byte[]>(1);
                try
                {
                    if (ObjectEventSerializer.KeyOf(message) is { } key && key != 0 && key != ring.Current) renewed.Add((to, key, ObjectEventSerializer.Renew(message, ring)));
                }
                catch (SerializationException)
                {
                    // It could not be read before either, which is reported where rows are read, and holds its key: the count names it.
                    failed++;
                }
            }
        }
        if (renewed.Count == 0) return (to, 0, failed);
        await using var transaction = await connection.BeginTransactionAsync();
        foreach (var (revision, _, message) in renewed)
        {
            await using var update = Command(connection, transaction, $"update {Journal} set {_c.Message} = @message where {_c.Ordering} = @revision", ("message", message), ("revision", revision));
            await update.ExecuteNonQueryAsync();
        }
        foreach (var (key, count) in renewed.CountBy(row => row.Key))
        {
            // That none is left only a count of all can tell.
            await using var note = Command(
                connection, transaction, $"update {EncryptionKeys} set events_left = case when events_left > @count then events_left - @count else 1 end where id = @key and events_left is not null", ("count", (long)count), ("key", key));
            await note.ExecuteNonQueryAsync();
        }
        await transaction.CommitAsync();
        return (to, renewed.Count, failed);
    }

    private string IsProtected => string.Join(" or ", KeyRing.ProtectedPrefixes.Select(prefix => $"{_c.PersistenceId} like '{prefix}%'"));

    private async Task<Dictionary<int, long>> CountByKey(DbConnection connection, DbTransaction? transaction)
    {
        var (counts, longer) = (new Dictionary<int, long>(), new List<long>());
        await using (var select = Command(connection, transaction, $"select {_c.Ordering}, substr({_c.Message}, 1, {Beginning}) from {Journal} where {IsProtected}"))
        {
            await using var row = await select.ExecuteReaderAsync();
            while (await row.ReadAsync())
            {
                if (ObjectEventSerializer.KeyOf(row.GetFieldValue<byte[]>(1)) is { } key) Count(key);
                else longer.Add(row.GetInt64(0));
            }
        }
        foreach (var revision in longer)
        {
            await using var whole = Command(connection, transaction, $"select {_c.Message} from {Journal} where {_c.Ordering} = @revision", ("revision", revision));
            if (await whole.ExecuteScalarAsync() is byte[] message) Count(ObjectEventSerializer.KeyOf(message) ?? throw new SerializationException($"Revision {revision} is damaged: nobody knows which key it needs."));
        }
        return counts;

        void Count(int key) => counts[key] = counts.GetValueOrDefault(key) + 1;
    }

    private async Task<ImmutableArray<EncryptionKey>> ReadKeys(DbConnection connection, DbTransaction? transaction)
    {
        await using var select = Command(connection, transaction, $"select id, phase, wrapped, events_left from {EncryptionKeys} order by id");
        await using var row = await select.ExecuteReaderAsync();
        var keys = ImmutableArray.CreateBuilder<EncryptionKey>();
        while (await row.ReadAsync()) keys.Add(new(row.GetInt32(0), (KeyPhase)row.GetInt32(1), row.GetFieldValue<byte[]>(2), row.IsDBNull(3) ? null : row.GetInt64(3)));
        return keys.DrainToImmutable();
    }

    private async Task Replace(DbConnection connection, DbTransaction transaction, KeyTable before, KeyTable after, IReadOnlyDictionary<int, string>? fingerprints)
    {
        foreach (var key in after.Keys.Except(before.Keys))
        {
            await using var put = Command(connection, transaction, $"""
                insert into {EncryptionKeys} (id, phase, wrapped, events_left) values (@id, @phase, @wrapped, @left)
                  on conflict (id) do update set phase = excluded.phase, wrapped = excluded.wrapped, events_left = excluded.events_left
                """, ("id", key.Id), ("phase", (int)key.Phase), ("wrapped", key.Wrapped), ("left", (object?)key.Left ?? DBNull.Value));
            await put.ExecuteNonQueryAsync();
            var name = KeyFingerprint(key.Id);
            await using var mark = key.Phase == KeyPhase.Dropped
                ? Command(connection, transaction, $"delete from {Fingerprint} where name = @name", ("name", name))
                : Command(connection, transaction, $"insert into {Fingerprint} values (@name, @value) on conflict do nothing", ("name", name), ("value", fingerprints?.GetValueOrDefault(key.Id) ?? ""));
            if (key.Phase == KeyPhase.Dropped || fingerprints?.ContainsKey(key.Id) == true) await mark.ExecuteNonQueryAsync();
        }
    }

    /// <summary>The name of a key's fingerprint.</summary>
    public static string KeyFingerprint(int id) => string.Create(CultureInfo.InvariantCulture, $"key {id}");
}
