using Npgsql;
using Shared.Processes;
using Xunit;

namespace Tests.Support;

/// <summary>A PostgreSQL server of the tests' own, in a temporary directory, reached through a unix socket there.</summary>
public sealed class PostgresServer : IAsyncLifetime
{
    private const string Account = "postgres";
    private static int _databases;
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("pg-");
    private readonly string _programs = FindPrograms();

    private string Data => Path.Combine(_directory.FullName, "data");

    public async Task InitializeAsync()
    {
        if (Environment.IsPrivilegedProcess) await ExternalProgram.Run("chown", [Account, _directory.FullName]);
        await Run("initdb", "-D", Data, "-U", Account, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync");
        await Start();
    }

    public async Task Start() =>
        await Run("pg_ctl", "-D", Data, "-l", Path.Combine(_directory.FullName, "log"), "-o", $"-c listen_addresses= -k {_directory.FullName}", "-w", "-t", "60", "start");

    /// <summary>Stops the server as a crash would: nothing is flushed, every connection breaks.</summary>
    public Task Crash() => Run("pg_ctl", "-D", Data, "-m", "immediate", "-w", "-t", "60", "stop");

    /// <summary>Every process of the server stands still until the result is disposed: connections live, and nothing answers.</summary>
    public async Task<IAsyncDisposable> Stall()
    {
        var server = (await File.ReadAllLinesAsync(Path.Combine(Data, "postmaster.pid")))[0];

        // Its parent first: then no process comes after the others were counted.
        await ExternalProgram.Run("kill", ["-STOP", server]);
        var all = (await ExternalProgram.Run("pgrep", ["-P", server])).Split('\n', StringSplitOptions.RemoveEmptyEntries).Append(server).ToArray();
        await ExternalProgram.Run("kill", ["-STOP", .. all]);
        return new Stalled(all);
    }

    public async Task DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await Crash();
        _directory.Delete(recursive: true);
    }

    /// <summary>Makes an empty database; the result is its connection string.</summary>
    public async Task<string> CreateDatabase()
    {
        var name = $"test{Interlocked.Increment(ref _databases)}";
        await Execute($"create database {name}");
        return ConnectionString(name);
    }

    public async Task Execute(string sql)
    {
        await using var db = NpgsqlDataSource.Create(ConnectionString("postgres") + ";Pooling=false");
        await using var command = db.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private sealed class Stalled(string[] processes) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await ExternalProgram.Run("kill", ["-CONT", .. processes]);
    }

    private string ConnectionString(string database) => $"Host={_directory.FullName};Username={Account};Database={database}";

    private Task Run(string program, params string[] arguments)
    {
        var path = Path.Combine(_programs, program);
        // The server refuses to run as root.
        return Environment.IsPrivilegedProcess ? ExternalProgram.Run("runuser", ["-u", Account, "--", path, .. arguments]) : ExternalProgram.Run(path, arguments);
    }

    private static string FindPrograms()
    {
        const string Debian = "/usr/lib/postgresql";
        var found = Directory.Exists(Debian) ? Directory.GetDirectories(Debian).Select(version => Path.Combine(version, "bin")).Where(bin => File.Exists(Path.Combine(bin, "initdb"))) : [];
        return found.OrderDescending(StringComparer.Ordinal).FirstOrDefault()
            ?? throw new InvalidOperationException($"These tests need a PostgreSQL server, and there is none under {Debian}: apt-get install postgresql");
    }
}

/// <summary>The tests that share one server; each makes its own database.</summary>
[CollectionDefinition(Name)]
public sealed class PostgresTests : ICollectionFixture<PostgresServer>
{
    public const string Name = "PostgreSQL";
}
