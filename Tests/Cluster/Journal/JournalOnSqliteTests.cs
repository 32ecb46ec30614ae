using System.Runtime.Versioning;
using System.Text;
using ControlPlane.Journal;
using Tests.Support;
using Xunit;

namespace Tests.Cluster.Journal;

public sealed class JournalOnSqliteTests : JournalContract
{
    protected override Task<JournalOptions> Database() => Task.FromResult(new JournalOptions(DataDirectory));

    protected override Task<JournalOptions> Another()
    {
        var folder = Directory.CreateDirectory(Path.Combine(DataDirectory, "another")).FullName;
        KeyRing.Load(Path.Combine(DataDirectory, "secrets.keys"));
        File.Copy(Path.Combine(DataDirectory, "secrets.keys"), Path.Combine(folder, "secrets.keys"));
        return Task.FromResult(new JournalOptions(folder));
    }

    [Fact]
    public async Task A_crash_at_any_moment_of_a_filling_leaves_an_empty_database()
    {
        var (folder, crashes) = (Directory.CreateDirectory(Path.Combine(DataDirectory, "filled")).FullName, new List<string>());
        await using (var store = JournalConfiguration.Store(new(folder)))
        {
            await store.Fill(400, 0, new Dictionary<string, string>(), Rows(), CancellationToken.None);
            Assert.Equal(400, (await store.ReadCounters(0)).Head);
        }
        var sizes = crashes.Select(crash => new FileInfo(Path.Combine(crash, "journal.db")).Length).ToArray();
        Assert.True(sizes.Max() > 50_000_000, "Nothing was on the disk before the commit, so no crash was tried.");
        foreach (var crash in crashes)
        {
            await using var after = JournalConfiguration.Store(new(crash));
            await after.Open();
            Assert.Equal(default, await after.ReadCounters(0));
            Assert.Empty(await after.ReadFingerprints());
        }

        // More than the connection keeps in memory.
        IEnumerable<TableRow> Rows()
        {
            for (var i = 1; i <= 400; i++)
            {
                yield return new(i, 0, false, $"/configmaps/default/{i}", 1, new byte[400_000], ObjectEventSerializer.Stored, 9101, "");
                if (i % 100 == 0) crashes.Add(Crash(i));
            }
        }

        string Crash(int at)
        {
            var crashed = Directory.CreateDirectory(Path.Combine(DataDirectory, $"crashed-{at}")).FullName;
            foreach (var file in Directory.GetFiles(folder, "journal.db*"))
            {
                using var from = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
                using var to = File.Create(Path.Combine(crashed, Path.GetFileName(file)));
                from.CopyTo(to);
            }
            return crashed;
        }
    }

    [Fact]
    public async Task A_secret_is_nowhere_in_clear_text_on_disk()
    {
        const string Secret = "c3dvcmRmaXNoLXN3b3JkZmlzaA==";
        var options = await Database();
        await using (var system = await JournalSystem.Start(options))
        {
            await system.Put(new("", "secrets", "default", "s"), Secret);
            await system.Put(JournalSystem.ConfigMap("c"), "in-the-clear-for-comparison");
            Assert.True(File.Exists(Path.Combine(DataDirectory, "journal.db-wal")));
            Assert.True(OnDisk("in-the-clear-for-comparison"));
            Assert.False(OnDisk(Secret));
        }
        Assert.False(OnDisk(Secret));

        await using var again = await JournalSystem.Start(options);
        Assert.Contains(Secret, Encoding.UTF8.GetString(again.Cache.Get(new("", "secrets", "default", "s"))!.Json.Span), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_crash_between_any_two_writes_to_disk_loses_no_acknowledged_write_and_leaves_no_hole()
    {
        const string NoCheckpoint = """akka.persistence.journal.sql.sqlite-pragmas = "pragma busy_timeout=10000; pragma journal_mode=wal; pragma synchronous=full; pragma wal_autocheckpoint=0" """;
        var log = new FileInfo(Path.Combine(DataDirectory, "journal.db-wal"));
        var acknowledged = new List<(long Revision, long LogLength)>();
        var crashed = new DirectoryInfo(Path.Combine(DataDirectory, "crashed"));
        crashed.Create();
        var options = await Database();
        byte[] wal;
        await using (var system = await JournalSystem.Start(options, NoCheckpoint))
        {
            for (var i = 0; i < 12; i++)
            {
                var answers = await Task.WhenAll(Enumerable.Range(0, 1 + (i % 4)).Select(n => system.Put(JournalSystem.ConfigMap($"{i}-{n}"), new string('x', 3000))));
                log.Refresh();
                acknowledged.AddRange(answers.Cast<JournalSystem.Written>().Select(written => (written.Revision, log.Length)));
            }
            // The log only grows, so each of its beginnings is what a crash at that point leaves.
            wal = await ReadShared(log.FullName);
            await File.WriteAllBytesAsync(Path.Combine(crashed.FullName, "db"), await ReadShared(Path.Combine(DataDirectory, "journal.db")));
        }

        for (var (length, last) = (0, 0L); length <= wal.Length; length += 2500)
        {
            var directory = crashed.CreateSubdirectory($"{length}");
            File.Copy(Path.Combine(crashed.FullName, "db"), Path.Combine(directory.FullName, "journal.db"));
            await File.WriteAllBytesAsync(Path.Combine(directory.FullName, "journal.db-wal"), wal[..length]);
            await using var after = await JournalSystem.Start(new(directory.FullName));
            var head = after.Cache.Revision;
            Assert.True(head >= last && head >= acknowledged.Where(write => write.LogLength <= length).Max(write => (long?)write.Revision).GetValueOrDefault());
            Assert.Equal(head, after.Cache.List(new("", "configmaps")).Objects.Count);
            Assert.Equal(head + 1, Assert.IsType<JournalSystem.Written>(await after.Put(JournalSystem.ConfigMap("next"), "")).Revision);
            last = head;
        }
    }

    [SupportedOSPlatform("linux")]
    [Fact]
    public async Task Nobody_else_can_read_the_files()
    {
        // As an earlier version or a careless copy left it.
        var file = Path.Combine(DataDirectory, "journal.db");
        await File.WriteAllBytesAsync(file, []);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        await using var system = await JournalSystem.Start(await Database());
        await system.Put(JournalSystem.ConfigMap("a"), "1");

        foreach (var each in Directory.EnumerateFiles(DataDirectory)) Assert.Equal((each, UnixFileMode.UserRead | UnixFileMode.UserWrite), (each, File.GetUnixFileMode(each)));
        Assert.True(File.Exists(file + "-wal"));
    }

    [Fact]
    public async Task Compaction_gives_space_back_to_the_file_system()
    {
        var options = await Database();
        var file = new FileInfo(Path.Combine(DataDirectory, "journal.db"));
        await using var system = await JournalSystem.Start(options);
        var data = new string('x', 100_000);
        for (var i = 0; i < 60; i++) await system.Put(JournalSystem.ConfigMap("a"), data);
        await Checkpoint();
        var before = file.Length;
        Assert.True(before > 5_000_000);

        system.System.ActorOf(CompactionActor.Props(TimeProvider.System)).Tell(CompactionActor.Compact.Instance, Akka.Actor.ActorRefs.NoSender);

        await Until(async () => { await Checkpoint(); return file.Length < before / 10; }, "the file has shrunk");
        Assert.NotNull(system.Cache.Get(JournalSystem.ConfigMap("a")));

        async Task Checkpoint()
        {
            await using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={file.FullName};Pooling=false");
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = "pragma wal_checkpoint(truncate)";
            await command.ExecuteNonQueryAsync();
            file.Refresh();
        }
    }

    [Fact]
    public async Task A_file_that_is_locked_for_longer_than_a_write_waits_loses_nothing_and_writes_go_on_after_it()
    {
        var options = await Database();
        await using var system = await JournalSystem.Start(
            options, $"akka.persistence.journal.sql.connection-string = \"Data Source={Path.Combine(DataDirectory, "journal.db")};Default Timeout=1\"");
        await system.Put(JournalSystem.ConfigMap("a"), "1");
        await using (var other = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path.Combine(DataDirectory, "journal.db")};Pooling=false"))
        {
            await other.OpenAsync();
            await using var held = other.CreateCommand();
            held.CommandText = "begin immediate";
            await held.ExecuteNonQueryAsync();

            // It waits a second for the file, and the answer only comes once the outcome is known.
            var stalled = system.Put(JournalSystem.ConfigMap("a"), "2");
            Assert.IsType<JournalSystem.Failed>(await stalled);
            Assert.Equal(1, system.Cache.Revision);
        }

        Assert.Equal((2, 2), Sequence(await system.Put(JournalSystem.ConfigMap("a"), "3")));
        await using var after = await JournalSystem.Start(options);
        Assert.Equal(2, after.Cache.Get(JournalSystem.ConfigMap("a"))!.Revision);

        static (long, long) Sequence(object answer) => (Assert.IsType<JournalSystem.Written>(answer).Revision, ((JournalSystem.Written)answer).SequenceNr);
    }

    [Fact]
    public async Task A_transaction_abandoned_halfway_is_as_if_it_had_not_been()
    {
        await using var system = await JournalSystem.Start(await Database());
        await system.Put(JournalSystem.ConfigMap("a"), "1");
        await using (var other = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path.Combine(DataDirectory, "journal.db")};Pooling=false"))
        {
            await other.OpenAsync();
            await using var half = other.CreateCommand();
            half.CommandText = "begin immediate; update revision_counter set head = head + 5 where id = 1";
            await half.ExecuteNonQueryAsync();
        }
        Assert.Equal(2, Assert.IsType<JournalSystem.Written>(await system.Put(JournalSystem.ConfigMap("a"), "2")).Revision);
    }

    private static async Task<byte[]> ReadShared(string path)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[file.Length];
        await file.ReadExactlyAsync(bytes);
        return bytes;
    }

    private bool OnDisk(string text)
    {
        foreach (var file in Directory.EnumerateFiles(DataDirectory))
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            if (bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0) return true;
        }
        return false;
    }
}
