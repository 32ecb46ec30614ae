using System.Diagnostics;
using Akka.Actor;
using ControlPlane.Journal;
using ControlPlane.Objects;
using Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace Tests.Cluster.Journal;

public sealed class JournalLoadTests(ITestOutputHelper output) : IDisposable
{
    private const int Objects = 50_000;
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("journal-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task Fifty_thousand_objects_are_loaded_and_served()
    {
        var options = new JournalOptions(_directory.FullName);
        await using (var before = await JournalSystem.Start(options))
        {
            var serializer = (ObjectEventSerializer)before.System.Serialization.FindSerializerForType(typeof(ObjectStored));
            var data = new string('x', 2000);
            // Every object has an older version, which must not be loaded.
            foreach (var chunk in Enumerable.Range(0, 2 * Objects).Chunk(1000))
            {
                await before.Reader.Store.Insert([.. chunk.Select(i =>
                {
                    var e = JournalSystem.Event(JournalSystem.ConfigMap($"{i % Objects}"), i < Objects ? "old" : data);
                    return new JournalRow(e.Key.PersistenceId, 1 + (i / Objects), 0, serializer.Manifest(e), serializer.Identifier, "", serializer.ToBinary(e), e);
                })], 0);
            }
        }

        var start = Stopwatch.GetTimestamp();
        await using var after = await JournalSystem.Start(options);
        output.WriteLine($"{Objects} objects of 2 KB were loaded in {Stopwatch.GetElapsedTime(start).TotalMilliseconds:F0} ms.");

        Assert.Equal(2 * Objects, after.Cache.Revision);
        var all = after.Cache.List(new("", "configmaps"));
        Assert.Equal((Objects, 2L * Objects), (all.Objects.Count, all.Revision));
        Assert.All(all.Objects, stored => Assert.True(stored.Json.Length > 2000));
        Assert.Equal(2, (await after.Writer(JournalSystem.ConfigMap("7")).Ask<JournalSystem.Recovered>(new JournalSystem.Ask(), JournalSystem.Patience)).SequenceNr);
    }
}
