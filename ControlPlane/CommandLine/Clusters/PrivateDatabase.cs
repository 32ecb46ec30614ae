using Npgsql;
using Shared.Hosting;
using Shared.Processes;

namespace ControlPlane.CommandLine.Clusters;

/// <summary>
/// The PostgreSQL server of a cluster's control planes: its data in the cluster's folder, its only way in a unix socket, which network namespaces share. Nobody
/// has a password: the server asks the system who is at the other end. Every commit is on the disk before it is answered.
/// </summary>
internal sealed class PrivateDatabase(ClusterFolder folder)
{
    /// <summary>The file in its data folder that tells it is one.</summary>
    public const string Version = "PG_VERSION";

    private const string Name = "actors";
    private const int MaxConnections = 300;
    private const int MaxConnectionsOfMember = 50;

    // What the kernel takes as a socket's path, without the name the server gives it (.s.PGSQL.5432.lock).
    private const int MaxSocketFolder = 107 - 19;
    private static readonly TimeSpan OrphanPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60);

    /// <summary>The process.</summary>
    public BackgroundProcess Process { get; } = new(folder, ClusterProcesses.Database);

    /// <summary>How the control planes find their objects in it.</summary>
    public string ConnectionString { get; } = $"Host={folder.DatabaseSocket};Username={Name};Database={Name};Maximum Pool Size={MaxConnectionsOfMember}";

    /// <summary>Starts it, unless it runs, and waits until it answers and has the cluster's database.</summary>
    /// <exception cref="CommandFailedException">It can't be started; the message says why.</exception>
    public async Task Start(CancellationToken stop)
    {
        if (Process.Running is null)
        {
            if (folder.DatabaseSocket.Length > MaxSocketFolder) throw new CommandFailedException($"{folder.DatabaseSocket} is too long a path for a unix socket. Choose a shorter --data.");
            await DatabaseAccount.Open(folder, folder.DatabaseSocket, stop);
            if (!File.Exists(Path.Combine(folder.DatabaseData, Version))) await Make(stop);
            await WriteAccessRules(stop);

            // Children of one that was killed end by themselves; if they don't, the server refuses to start and says why.
            if (await Waiting.Until(() => AbandonedMemory.TryRemove(folder.DatabaseData, stop), OrphanPatience, stop))
            {
                foreach (var file in Directory.GetFiles(folder.DatabaseSocket)) File.Delete(file);
            }
            await Process.Start(PostgresPrograms.Command(
                Path.Combine(Programs(), "postgres"),
                "-D", folder.DatabaseData,
                "-k", folder.DatabaseSocket,
                "-c", "listen_addresses=",
                "-c", "unix_socket_permissions=0700",
                "-c", $"max_connections={MaxConnections}",

                // In the data folder and not in /dev/shm, where a crash would leave it behind.
                "-c", "dynamic_shared_memory_type=mmap"), stop: stop);
        }
        var ready = await Waiting.Until(
            async () => await Answers(stop) || (Process.Running is null ? throw Process.Ended() : false), StartPatience, stop);
        if (!ready) throw Process.NotReady(StartPatience);
    }

    private string Programs()
    {
        var version = Path.Combine(folder.DatabaseData, Version);
        if (!File.Exists(version)) return PostgresPrograms.Newest() ?? throw new CommandFailedException("There is no PostgreSQL server on this machine: apt-get install postgresql");
        var made = File.ReadAllText(version).Trim();
        return PostgresPrograms.Of(made)
            ?? throw new CommandFailedException($"{folder.DatabaseData} was made by PostgreSQL {made}, which is not installed: apt-get install postgresql-{made}");
    }

    // Under another name until it is whole, so that a half-made one is never taken for a database.
    private async Task Make(CancellationToken stop)
    {
        var half = folder.DatabaseData + ".new";
        if (Directory.Exists(half)) Directory.Delete(half, recursive: true);
        await DatabaseAccount.Open(folder, half, stop);
        var command = PostgresPrograms.Command(
            Path.Combine(Programs(), "initdb"), "-D", half, "-U", PostgresPrograms.Account, "-A", "peer", "-E", "UTF8", "--locale=C", "--data-checksums");
        await ExternalProgram.Run(command[0], command[1..], stop: stop);
        Directory.Move(half, folder.DatabaseData);
    }

    // We and the server's own account may be the server's superuser, and we the control planes' user.
    private async Task WriteAccessRules(CancellationToken stop)
    {
        var rules = new Dictionary<string, string>
        {
            ["pg_hba.conf"] = $"local all all peer map={Name}\n",
            ["pg_ident.conf"] = $"""
                {Name} "{Environment.UserName}" {PostgresPrograms.Account}
                {Name} "{Environment.UserName}" {Name}
                {Name} {PostgresPrograms.Account} {PostgresPrograms.Account}

                """,
        };
        foreach (var (name, text) in rules)
        {
            var file = Path.Combine(folder.DatabaseData, name);
            PrivateFile.Write(file, text);
            await DatabaseAccount.Give(file, stop);
        }
    }

    private async Task<bool> Answers(CancellationToken stop)
    {
        try
        {
            await using var server = NpgsqlDataSource.Create($"Host={folder.DatabaseSocket};Username={PostgresPrograms.Account};Database=postgres;Pooling=false;Timeout=5");
            await using var ask = server.CreateCommand($"select exists (select from pg_roles where rolname = '{Name}'), exists (select from pg_database where datname = '{Name}')");
            bool user, database;
            await using (var row = await ask.ExecuteReaderAsync(stop))
            {
                await row.ReadAsync(stop);
                (user, database) = (row.GetBoolean(0), row.GetBoolean(1));
            }
            if (!user) await Execute(server, $"create role {Name} login", stop);
            if (!database) await Execute(server, $"create database {Name} owner {Name}", stop);
            return true;
        }
        catch (NpgsqlException e) when (e is not PostgresException { SqlState: not PostgresErrorCodes.CannotConnectNow })
        {
            return false;
        }
    }

    private static async Task Execute(NpgsqlDataSource server, string sql, CancellationToken stop)
    {
        await using var command = server.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(stop);
    }
}
