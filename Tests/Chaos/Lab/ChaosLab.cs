using System.Diagnostics;
using ControlPlane.CommandLine.Clusters;
using Tests.Chaos.Clients;
using Tests.Support;

namespace Tests.Chaos.Lab;

/// <summary>A cluster of several control planes on PostgreSQL, each process in a network namespace of its own. When it is disposed of, nothing of it is left.</summary>
internal sealed class ChaosLab : IAsyncDisposable
{
    private const string DatabaseName = "db";
    private const int MemberDisk = 32;
    private const int DatabaseDisk = 4096;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("actors-chaos-");
    private readonly List<Member> _members = [];
    private SmallDisk? _databaseDisk;

    private readonly Action<string> _tell;

    private ChaosLab(Action<string> tell) => _tell = tell;

    public IReadOnlyList<Member> Members => _members;

    public LabNetwork Network { get; private set; } = null!;

    public PostgresServer Database { get; private set; } = null!;

    /// <summary>The disk of the database.</summary>
    public SmallDisk DatabaseDrive => _databaseDisk!;

    /// <summary>The name of the database in the network.</summary>
    public string DatabasePlace => DatabaseName;

    /// <summary>The clock of the last member; null where it can't have one of its own.</summary>
    public FakeClock? Clock { get; private set; }

    /// <summary>The database the members share, reached past the network.</summary>
    public string ConnectionString { get; private set; } = "";

    public MemberKeys Keys { get; private set; } = null!;

    /// <summary>Starts a cluster; completes when every member is ready.</summary>
    /// <param name="tell">Told what nobody does on purpose: a member that ends of itself.</param>
    public static async Task<ChaosLab> Start(int members, Action<string> tell)
    {
        var lab = new ChaosLab(tell);
        try
        {
            await lab.Build(members);
            return lab;
        }
        catch
        {
            await lab.DisposeAsync();
            throw;
        }
    }

    /// <summary>Clients of one member, with connections of their own.</summary>
    public MemberApi Api(Member member) => new(member.Name, member.Url, Keys.Authority, Keys.Token);

    /// <summary>Completes when a member says that it is ready.</summary>
    public async Task Ready(Member member)
    {
        using var api = Api(member);
        var waited = Stopwatch.StartNew();
        while (!await api.IsReady())
        {
            if (waited.Elapsed > Patience) throw new TimeoutException($"{member.Name} is not ready after {waited.Elapsed.TotalSeconds:0} s.\n{member.LogTail()}");
            await Task.Delay(20);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var member in _members) await member.DisposeAsync();
        if (Database is not null) await Database.DisposeAsync();
        if (_databaseDisk is not null) await _databaseDisk.DisposeAsync();
        if (Network is not null) await Network.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private async Task Build(int count)
    {
        // The database's account has to come there too.
        if (!OperatingSystem.IsWindows()) _folder.UnixFileMode |= UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        var names = Enumerable.Range(1, count).Select(number => $"m{number}").ToArray();
        Network = await LabNetwork.Create([.. names, DatabaseName]);
        _databaseDisk = await SmallDisk.Mount(Path.Combine(_folder.FullName, DatabaseName), DatabaseDisk);
        var folder = Directory.CreateDirectory(Path.Combine(_databaseDisk.Folder, "pg"));
        Database = new() { Folder = folder.FullName, Network = $"{Network.AddressOf(DatabaseName)}/24", Enter = Network.Enter(DatabaseName) };
        await Database.InitializeAsync();
        ConnectionString = await Database.CreateDatabase();
        Keys = MemberKeys.Make(Path.Combine(_folder.FullName, "keys"));
        foreach (var name in names) _members.Add(await Member(name, names));
        foreach (var member in _members)
        {
            member.Start();
            await Ready(member);
        }
    }

    private async Task<Member> Member(string name, string[] all)
    {
        var disk = await SmallDisk.Mount(Path.Combine(_folder.FullName, name), MemberDisk);
        var data = Path.Combine(disk.Folder, "data");
        Keys.Copy(data);
        string[] command =
        [
            .. Network.Enter(name), .. ClusterProcesses.Program("ControlPlane"), "serve", "--data", data, "--port", "6443", "--address", Network.AddressOf(name),
            .. all.SelectMany(seed => (string[])["--seed", $"{Network.AddressOf(seed)}:6500"]),
        ];
        var environment = new Dictionary<string, string> { [ClusterProcesses.DatabaseVariable] = Database.Remote(ConnectionString) };
        if (name == all[^1] && FakeClock.Make(Path.Combine(_folder.FullName, name + ".clock")) is { } clock)
        {
            Clock = clock;
            foreach (var (variable, value) in clock.Environment) environment[variable] = value;
        }
        return new(name, Network.AddressOf(name), disk, Path.Combine(_folder.FullName, name + ".log"), command, environment, _tell);
    }
}
