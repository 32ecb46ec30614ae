using System.Runtime.Serialization;
using Akka;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.Persistence;
using Akka.Persistence.Sql;
using Akka.Persistence.Sql.Config;

namespace ControlPlane.Journal;

/// <summary>Where the journal is and how long it remembers.</summary>
/// <param name="DataDirectory">Holds the key ring and, without a database, the SQLite file; made where it is missing.</param>
/// <param name="Database">A PostgreSQL connection string (<c>Host=...;...</c>); null for the SQLite file <c>journal.db</c>.</param>
public sealed record JournalOptions(string DataDirectory, string? Database = null)
{
    /// <summary>How long superseded events and tombstones are kept: what an audit can look back on.</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromHours(24);

    /// <summary>
    /// Bytes that the events of all objects may have together. Above it the oldest superseded events go before their time; what lives is kept whatever its size.
    /// Without a bound, an object that is written without end would fill the disk.
    /// </summary>
    public long MostBytes { get; init; } = 4L << 30;

    /// <summary>How often a process looks whether others wrote something it was not told of.</summary>
    public TimeSpan Poll { get; init; } = TimeSpan.FromSeconds(1);
}

/// <summary>The journal's part of an actor system's configuration, and its start.</summary>
public static class JournalConfiguration
{
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(500);
    private const string Pragmas = "pragma busy_timeout=10000; pragma journal_mode=wal; pragma synchronous=full; pragma journal_size_limit=67108864";

    /// <summary>The HOCON that makes the journal the system's default one.</summary>
    public static Config Build(JournalOptions options)
    {
        var directory = Directory.CreateDirectory(options.DataDirectory).FullName;
        var postgres = options.Database is { Length: > 0 };
        var connection = postgres ? options.Database : $"Data Source={Path.Combine(directory, "journal.db")};Default Timeout=10";
        var provider = postgres ? "PostgreSQL.15" : "SQLite.MS";
        return ConfigurationFactory.ParseString($$""""
            actors.journal {
              key-ring = """{{Path.Combine(directory, "secrets.keys")}}"""
              shared-secret = """{{Path.Combine(directory, "pki", "agents.key")}}"""
              most-bytes = {{options.MostBytes}}
              retention = {{(long)options.Retention.TotalMilliseconds}}ms
              poll = {{(long)options.Poll.TotalMilliseconds}}ms
            }
            akka.actor {
              serializers {
                object-event = "{{Name<ObjectEventSerializer>()}}"
                feed = "{{Name<FeedSerializer>()}}"
              }
              serialization-bindings {
                "{{Name<Objects.ObjectStored>()}}" = object-event
                "{{Name<FeedPush>()}}" = feed
              }
            }
            akka.persistence {
              max-concurrent-recoveries = 1000
              journal {
                plugin = "akka.persistence.journal.sql"
                sql {
                  class = "{{Name<RevisionJournal>()}}"
                  plugin-dispatcher = "akka.actor.default-dispatcher"
                  connection-string = """{{connection}}"""
                  provider-name = "{{provider}}"
                  auto-initialize = off
                  tag-write-mode = Csv
                  replay-filter.mode = off
                  circuit-breaker {
                    max-failures = 2147483647
                    # A statement gives up after 30 s by itself, and only the writer can learn what came of it.
                    call-timeout = 120s
                    reset-timeout = 1s
                  }
                  shared = {{(postgres ? "on" : "off")}}
                  sqlite-pragmas = "{{Pragmas}}"
                }
              }
              snapshot-store.plugin = "akka.persistence.no-snapshot-store"
              query.journal.sql {
                connection-string = """{{connection}}"""
                provider-name = "{{provider}}"
                tag-read-mode = Csv
              }
            }
            """").WithFallback(SqlPersistence.DefaultConfiguration);
    }

    /// <summary>
    /// Fills the watch cache from the journal, and waits for a database that is not there yet. To be awaited before the system joins its cluster.
    /// </summary>
    /// <exception cref="TimeoutException">The journal could not be read in this time, or holds what can't be read; the cause tells.</exception>
    public static async Task Load(ActorSystem system, TimeSpan timeout)
    {
        var journal = Persistence.Instance.Apply(system).JournalFor(null);
        var deadline = system.Scheduler.MonotonicClock + timeout;
        while (true)
        {
            var left = deadline - system.Scheduler.MonotonicClock;
            try
            {
                await journal.Ask<Done>(RevisionJournal.Load.Instance, left);
                return;
            }
            catch (Exception failure) when (failure is not (AskTimeoutException or SerializationException) && left > Retry)
            {
                system.Log.Warning(failure, "The journal can't be loaded yet.");
                await Task.Delay(Retry);
            }
            catch (Exception failure)
            {
                throw new TimeoutException("The journal could not be loaded.", failure);
            }
        }
    }

    /// <summary>Starts what runs beside the journal: the feed between control planes and the compaction. The journal is loaded.</summary>
    public static void Start(ActorSystem system, TimeProvider time)
    {
        system.ActorOf(FeedActor.Props(), FeedActor.Name);
        system.ActorOf(CompactionActor.Props(time), "compaction");
    }

    /// <summary>The tables of a journal, for who copies them and reads no event.</summary>
    public static RevisionStore Store(JournalOptions options) => Store(
        Build(options).GetConfig("akka.persistence.journal.sql"), static (_, _, _) => throw new NotSupportedException("Events are read by a journal that runs."));

    /// <summary>The tables that the journal's part of the configuration names.</summary>
    /// <exception cref="ConfigurationException">Tags are to be kept in a table of their own.</exception>
    internal static RevisionStore Store(Config config, ReadEvent read)
    {
        var journal = new JournalConfig(config.WithFallback(SqlPersistence.DefaultJournalConfiguration));
        if (journal.PluginConfig.TagMode != TagMode.Csv) throw new ConfigurationException("RevisionJournal needs tag-write-mode = Csv.");
        var table = journal.TableConfig;
        return journal.ProviderName.StartsWith("SQLite", StringComparison.Ordinal)
            ? new SqliteRevisionStore(journal.ConnectionString, table.EventJournalTable, config.GetString("sqlite-pragmas"), read)
            : new PostgresRevisionStore(journal.ConnectionString, table.EventJournalTable, table.SchemaName, read);
    }

    private static string Name<T>() => $"{typeof(T).FullName}, {typeof(T).Assembly.GetName().Name}";
}
