using System.Text.Json;
using Akka.Actor;
using ControlPlane.Journal;
using ControlPlane.Objects;
using Npgsql;
using Tests.Chaos.Checking;
using Tests.Chaos.Clients;

namespace Tests.Chaos.Lab;

/// <summary>Reads the truth from the journal's table, past every control plane.</summary>
internal static class JournalReading
{
    /// <summary>The highest revision.</summary>
    public static async Task<long> Head(string connectionString)
    {
        await using var database = NpgsqlDataSource.Create(connectionString + ";Pooling=false");
        await using var select = database.CreateCommand("select coalesce(max(ordering), 0) from journal");
        return (long)(await select.ExecuteScalarAsync())!;
    }

    /// <summary>Every event after a revision; of the ConfigMaps of a namespace with what was stored.</summary>
    public static async Task<JournalExtract> Read(string connectionString, long after, string @namespace)
    {
        var system = ActorSystem.Create("truth", "akka.stdout-loglevel = OFF\nakka.loglevel = OFF");
        try
        {
            var (serializer, events) = (new ObjectEventSerializer((ExtendedActorSystem)system), new List<StoredVersion>());
            await using var database = NpgsqlDataSource.Create(connectionString + ";Pooling=false");
            await using var select = database.CreateCommand("select ordering, persistence_id, sequence_number, manifest, message from journal where ordering > $1 order by ordering");
            select.Parameters.Add(new() { Value = after });
            await using var row = await select.ExecuteReaderAsync();
            while (await row.ReadAsync())
            {
                var (revision, id, number, manifest) = (row.GetInt64(0), row.GetString(1), row.GetInt64(2), row.GetString(3));
                events.Add(id.StartsWith($"/configmaps/{@namespace}/", StringComparison.Ordinal)
                    ? Version(revision, id, number, (ObjectStored)serializer.FromBinary(row.GetFieldValue<byte[]>(4), manifest))
                    : new(revision, id, number, manifest == ObjectEventSerializer.Tombstone, "", null));
            }
            return new(after, events) { Foreign = new HashSet<string>(["kube-root-ca.crt"], StringComparer.Ordinal) };
        }
        finally
        {
            await system.Terminate();
        }
    }

    private static StoredVersion Version(long revision, string id, long number, ObjectStored stored)
    {
        stored.Committed(revision);
        using var json = JsonDocument.Parse(stored.ToStored().Json);
        return new(revision, id, number, stored.Deleted, stored.Audit.Manager, ObjectReading.Object(json.RootElement));
    }
}
