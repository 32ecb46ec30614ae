using System.Text;
using Akka.Actor;
using Tests.Support;
using Xunit;

namespace Tests.Cluster.Journal;

public sealed class JournalRecoveryTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("journal-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task A_written_object_has_the_next_revision_and_is_in_the_cache_as_the_same_instance()
    {
        await using var journal = await JournalSystem.Start(new(_directory.FullName));
        var key = JournalSystem.ConfigMap("a");

        var first = await journal.Writer(key).Ask<JournalSystem.Written>(new JournalSystem.Write("1"), JournalSystem.Patience);

        Assert.Equal((1, 1), (first.Revision, first.SequenceNr));
        Assert.Same(first.Stored, journal.Cache.Get(key));
        Assert.Contains("\"metadata\":{\"resourceVersion\":\"1\",", Encoding.UTF8.GetString(first.Stored.Json.Span), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_restarted_system_recovers_its_objects_and_goes_on_with_their_numbers()
    {
        var key = JournalSystem.ConfigMap("a");
        await using (var before = await JournalSystem.Start(new(_directory.FullName)))
        {
            var writer = before.Writer(key);
            for (var i = 1; i <= 3; i++) await writer.Ask<JournalSystem.Written>(new JournalSystem.Write($"{i}"), JournalSystem.Patience);
        }

        await using var after = await JournalSystem.Start(new(_directory.FullName));
        Assert.Equal(3, after.Cache.Revision);
        var again = after.Writer(key);
        var recovered = await again.Ask<JournalSystem.Recovered>(new JournalSystem.Ask(), JournalSystem.Patience);
        Assert.Equal(3, recovered.Stored!.Revision);
        Assert.Same(after.Cache.Get(key), recovered.Stored);
        var next = await again.Ask<JournalSystem.Written>(new JournalSystem.Write("4"), JournalSystem.Patience);
        Assert.Equal((4, 4), (next.Revision, next.SequenceNr));
    }

    [Fact]
    public async Task A_deleted_object_recovers_as_none_and_keeps_its_sequence()
    {
        var key = JournalSystem.ConfigMap("a");
        await using (var before = await JournalSystem.Start(new(_directory.FullName)))
        {
            var writer = before.Writer(key);
            await writer.Ask<JournalSystem.Written>(new JournalSystem.Write("1"), JournalSystem.Patience);
            await writer.Ask<JournalSystem.Written>(new JournalSystem.Write("1", Deleted: true), JournalSystem.Patience);
            Assert.Null(before.Cache.Get(key));
        }

        await using var after = await JournalSystem.Start(new(_directory.FullName));
        var again = after.Writer(key);
        var recovered = await again.Ask<JournalSystem.Recovered>(new JournalSystem.Ask(), JournalSystem.Patience);
        Assert.Null(recovered.Stored);
        Assert.Equal(2, recovered.SequenceNr);
        Assert.Equal(3, (await again.Ask<JournalSystem.Written>(new JournalSystem.Write("2"), JournalSystem.Patience)).SequenceNr);
    }
}
