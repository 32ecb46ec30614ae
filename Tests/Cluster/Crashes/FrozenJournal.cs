using Microsoft.Data.Sqlite;

namespace Tests.Cluster.Crashes;

/// <summary>
/// Lets a control plane store so many events of workloads and then nothing more, of whatever kind: as far as anybody can tell afterwards, the process died after that
/// commit. The database itself refuses, so nothing of the product is stood in for.
/// </summary>
internal sealed class FrozenJournal : IDisposable
{
    private readonly SqliteConnection _database;

    public FrozenJournal(string folder)
    {
        _database = new($"Data Source={Path.Combine(folder, "journal.db")};Pooling=false");
        _database.Open();
        Run("pragma busy_timeout = 10000");
        Run("""
            create table if not exists crash (counted integer not null, most integer not null);
            insert into crash select 0, 9223372036854775807 where not exists (select * from crash);
            create trigger if not exists crash_count after insert on journal
              when new.persistence_id like 'apps/%' or new.persistence_id like 'batch/%' or new.persistence_id like '/pods/%'
              begin update crash set counted = counted + 1; end;
            create trigger if not exists crash_now before update of head on revision_counter
              when (select counted >= most from crash)
              begin select raise(abort, 'the process is gone'); end;
            """);
    }

    /// <summary>Whether nothing is stored any more.</summary>
    public bool IsFrozen => (long)Value("select counted >= most from crash") == 1;

    /// <summary>How many events of workloads were stored.</summary>
    public long Counted => (long)Value("select counted from crash");

    /// <summary>Freezes once so many more events are stored; a batch that began before goes in whole.</summary>
    public void FreezeAfter(int events) => Run($"update crash set most = counted + {events}");

    /// <summary>Stores everything from now on.</summary>
    public void Thaw() => Run("update crash set most = 9223372036854775807");

    public void Dispose() => _database.Dispose();

    private void Run(string text)
    {
        using var command = _database.CreateCommand();
        command.CommandText = text;
        command.ExecuteNonQuery();
    }

    private object Value(string text)
    {
        using var command = _database.CreateCommand();
        command.CommandText = text;
        return command.ExecuteScalar()!;
    }
}
