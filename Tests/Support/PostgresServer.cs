using ControlPlane.CommandLine.Clusters;
using Npgsql;
using Shared.Processes;
using Xunit;

namespace Tests.Support;

/// <summary>A PostgreSQL server of the tests' own, in a temporary directory, reached through a unix socket there.</summary>
public sealed class PostgresServer : IAsyncLifetime
{
    private const string Account = "postgres";
    private static int _databases;
    private readonly string _programs = FindPrograms();
    private string? _folder;

    /// <summary>Where it keeps everything; must exist, and goes with it. Every user may come there.</summary>
    public string Folder
    {
        get => _folder ??= Directory.CreateTempSubdirectory("pg-").FullName;
        init => _folder = value;
    }

    /// <summary>An address on which it listens too, for everybody in the network of this prefix length; empty for none.</summary>
    public string Network { get; init; } = "";

    /// <summary>What is put before a command so that the server runs in a network namespace.</summary>
    public IReadOnlyList<string> Enter { get; init; } = [];

    private string Data => Path.Combine(Folder, "data");

    private string Address => Network.Split('/')[0];

    public async Task InitializeAsync()
    {
        if (Environment.IsPrivilegedProcess) await ExternalProgram.Run("chown", [Account, Folder]);
        await Run("initdb", "-D", Data, "-U", Account, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync");
        if (Network.Length > 0) await File.AppendAllTextAsync(Path.Combine(Data, "pg_hba.conf"), $"host all all {Network} trust\n");
        await Start();
    }

    public async Task Start() =>
        await Run("pg_ctl", "-D", Data, "-l", Path.Combine(Folder, "log"), "-o", $"-c listen_addresses={Address} -k {Folder}", "-w", "-t", "60", "start");

    /// <summary>Makes another one a server that follows this one, as of now; it is not started.</summary>
    public async Task CopyTo(PostgresServer copy)
    {
        if (Environment.IsPrivilegedProcess) await ExternalProgram.Run("chown", [Account, copy.Folder]);
        await Run("pg_basebackup", "-h", Folder, "-U", Account, "-D", copy.Data, "-R", "-X", "stream", "-c", "fast", "--no-sync");
    }

    /// <summary>From now on nothing is committed before a server that follows this one has it too.</summary>
    public async Task CommitToCopies()
    {
        await Execute("alter system set synchronous_standby_names = '*'");
        await Execute("select pg_reload_conf()");
    }

    /// <summary>One that follows another takes writes from now on.</summary>
    public Task Promote() => Run("pg_ctl", "-D", Data, "-w", "-t", "60", "promote");

    /// <summary>Whether it runs.</summary>
    public async Task<bool> Runs() => (await TryRun("pg_ctl", "-D", Data, "status")).Succeeded;

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
        if (await Runs()) await Crash();
        Directory.Delete(Folder, recursive: true);
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

    /// <summary>The connection string through <see cref="Network"/> of a database whose own, through the socket, is given.</summary>
    public string Remote(string connectionString) => connectionString.Replace($"Host={Folder};", $"Host={Address};", StringComparison.Ordinal);

    private string ConnectionString(string database) => $"Host={Folder};Username={Account};Database={database}";

    private Task Run(string program, params string[] arguments) => ExternalProgram.Run(Command(program, arguments)[0], Command(program, arguments)[1..]);

    private Task<ProgramResult> TryRun(string program, params string[] arguments) => ExternalProgram.TryRun(Command(program, arguments)[0], Command(program, arguments)[1..]);

    // The server refuses to run as root.
    private string[] Command(string program, string[] arguments) =>
        [.. Enter, .. Environment.IsPrivilegedProcess ? ["runuser", "-u", Account, "--"] : Array.Empty<string>(), Path.Combine(_programs, program), .. arguments];

    private static string FindPrograms() =>
        PostgresPrograms.Newest() ?? throw new InvalidOperationException("These tests need a PostgreSQL server: apt-get install postgresql");
}

/// <summary>The tests that share one server; each makes its own database.</summary>
[CollectionDefinition(Name)]
public sealed class PostgresTests : ICollectionFixture<PostgresServer>
{
    public const string Name = "PostgreSQL";
}
