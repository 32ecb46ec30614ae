using System.Text;
using ControlPlane.Journal;
using ControlPlane.Objects;
using Shared.Api;
using Tests.Support;

namespace Tests.Performance;

/// <summary>A journal of many events of some config maps of 1 KB, as clients would have written them.</summary>
internal static class LongHistory
{
    /// <summary>Writes it through the journal's own store, many rows a transaction, in a hundredth of the time.</summary>
    /// <param name="payload">The 1 KB of an event, by its number.</param>
    public static async Task Write(string folder, int objects, int rows, Func<int, string> payload)
    {
        await using var journal = await JournalSystem.Start(new JournalOptions(folder));
        var serializer = (ObjectEventSerializer)journal.System.Serialization.FindSerializerForType(typeof(ObjectStored));
        var now = DateTimeOffset.UtcNow;
        for (var i = 0; i < rows;)
        {
            var chunk = new JournalRow[Math.Min(5000, rows - i)];
            for (var n = 0; n < chunk.Length; n++, i++)
            {
                var key = new ObjectKey("", "configmaps", "default", $"cm-{i % objects}");
                var json = Encoding.UTF8.GetBytes(
                    $$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"{{{key.Name}}}","namespace":"default","uid":"{{{key.Name}}}"},"data":{"p":"{{{payload(i)}}}"}}""");
                var stored = new ObjectStored(key, json, deleted: false, new("writer", "update", "writer", now));
                chunk[n] = new(key.PersistenceId, 1 + (i / objects), now.UtcTicks, serializer.Manifest(stored), serializer.Identifier, "", serializer.ToBinary(stored), stored);
            }
            await journal.Reader.Store.Insert(chunk, 0);
        }
    }
}
