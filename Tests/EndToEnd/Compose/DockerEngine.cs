using System.Diagnostics;
using ControlPlane.CommandLine.Clusters;
using Shared.Processes;

namespace Tests.EndToEnd.Compose;

/// <summary>
/// A docker engine of a test's own: its data in a folder, its bridges and packet filter in a network namespace, its mounts in a mount namespace. When it is disposed of,
/// nothing of it is left.
/// </summary>
internal sealed class DockerEngine : IAsyncDisposable
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(30);

    private readonly string _id = $"dk{Environment.ProcessId}";
    private readonly string _cgroup;
    private Process? _process;

    private DockerEngine() => _cgroup = $"actors-{_id}";

    /// <summary>Where everything of it lies, also what is only for it.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("actors-docker-").FullName;

    private string Socket => Path.Combine(Folder, "docker.sock");

    private string Log => Path.Combine(Folder, "log");

    private string NetworkSpace => $"/run/netns/{_id}";

    /// <summary>Starts one and waits until it answers.</summary>
    public static async Task<DockerEngine> Start()
    {
        var engine = new DockerEngine();
        try
        {
            await engine.StartProcess();
            return engine;
        }
        catch
        {
            await engine.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs a program that speaks to the engine, and finds at loopback what containers publish there.</summary>
    public Task<string> Run(params string[] command) => ExternalProgram.Run("nsenter", Enter(command));

    /// <inheritdoc cref="Run"/>
    public Task<ProgramResult> TryRun(params string[] command) => ExternalProgram.TryRun("nsenter", Enter(command));

    /// <summary>What the machine still has of it; empty after its end.</summary>
    public IReadOnlyList<string> Left() =>
    [
        .. Processes().Select(process => $"process {process.Pid}"),
        .. MountTable.Below(Folder).Select(mount => $"mount {mount.MountPoint}"),
        .. Cgroups.Of(_cgroup).Select(path => $"cgroup {path}"),
        .. new[] { Folder, NetworkSpace }.Where(Path.Exists),
    ];

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false } && ProcessIdentity.Of(_process.Id) is { } daemon)
        {
            Signals.SendTerminate(daemon);
            await Waiting.Until(() => !daemon.IsAlive, StopPatience, CancellationToken.None);
        }
        _process?.Dispose();
        await Waiting.Until(() =>
        {
            foreach (var process in Processes()) Signals.SendKill(process);
            return Processes().Count == 0;
        }, StopPatience, CancellationToken.None);
        foreach (var mount in MountTable.Below(Folder)) MountTable.Unmount(mount);
        await ExternalProgram.TryRun("ip", ["netns", "del", _id]);
        await Waiting.Until(() => Cgroups.TryRemove(_cgroup), StopPatience, CancellationToken.None);
        if (MountTable.Below(Folder).Count == 0) Directory.Delete(Folder, recursive: true);
    }

    private async Task StartProcess()
    {
        await ExternalProgram.Run("ip", ["netns", "add", _id]);
        await ExternalProgram.Run("ip", ["-n", _id, "link", "set", "lo", "up"]);

        // Sockets of shims and the engine's own key lie there, whatever it is told.
        var script = $"""
            mount -t tmpfs tmpfs /run
            mount -t tmpfs tmpfs /etc/docker
            exec dockerd --host unix://{Socket} --data-root {Folder}/data --exec-root {Folder}/exec --pidfile {Folder}/pid --cgroup-parent /{_cgroup} \
              >{Log} 2>&1 </dev/null
            """;
        var start = new ProcessStartInfo("nsenter", [$"--net={NetworkSpace}", "unshare", "--mount", "--propagation", "private", "sh", "-c", script]);
        start.Environment[BackgroundProcess.ClusterVariable] = _id;
        _process = Process.Start(start)!;
        var answers = await Waiting.Until(
            async () => !_process.HasExited && File.Exists(Socket) ? (await TryRun("docker", "version")).Succeeded : _process.HasExited ? throw Failed("ended") : false, StartPatience, CancellationToken.None);
        if (!answers) throw Failed("does not answer");
    }

    private InvalidOperationException Failed(string how) =>
        new($"dockerd {how}. The end of what it said:\n{(File.Exists(Log) ? string.Join('\n', File.ReadLines(Log).TakeLast(15)) : "")}");

    private string[] Enter(string[] command) => [$"--net={NetworkSpace}", "env", $"DOCKER_HOST=unix://{Socket}", "DOCKER_BUILDKIT=0", "COMPOSE_DOCKER_CLI_BUILD=0", .. command];

    private IReadOnlyList<ProcessIdentity> Processes() => ProcessScan.Find(new(new HashSet<ProcessIdentity>(), _id, new HashSet<string>(), _cgroup));
}
