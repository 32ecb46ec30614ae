using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using ControlPlane.CommandLine.Clusters;
using ControlPlane.CommandLine.Images;
using NodeActor.Networking;
using NodeActor.Runtime.Containerd;
using Shared.Processes;
using Xunit;

namespace Tests.Support;

/// <summary>
/// One node without an agent: a network namespace that this machine reaches, and in it a containerd of its own with the demo images. Made once for
/// a class of tests; everything of it is gone afterwards.
/// </summary>
public sealed class ContainerdFixture : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly string _id = string.Create(CultureInfo.InvariantCulture, $"cd{Environment.ProcessId % 100000}{Random.Shared.Next(100)}");
    private Process? _process;

    /// <summary>Everything of the node on disk.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("containerd-").FullName;

    /// <summary>A folder of the node in memory.</summary>
    public string VolatileFolder => $"/dev/shm/{_id}";

    /// <summary>The node's own address.</summary>
    public string NodeAddress { get; private set; } = "";

    public string Socket => Path.Combine(Folder, "containerd.sock");

    /// <summary>The cgroup above those of all containers.</summary>
    public string CgroupParent => $"/tests-{_id}";

    public async Task InitializeAsync()
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess) return;
        try
        {
            await StartNetwork();
            await RunContainerd();
            var archive = Path.Combine(Folder, "demo.tar");
            await DemoArchive.Ensure(archive, CancellationToken.None);
            await ExternalProgram.Run("ctr", ["--address", Socket, "--namespace", "k8s.io", "images", "import", archive]);
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    /// <summary>A client of its own, as an agent has one.</summary>
    public ContainerdRuntime Connect() => new(new ContainerdOptions(Socket, CgroupParent: CgroupParent), TimeProvider.System);

    /// <summary>containerd dies at once; its pods run on.</summary>
    public async Task KillContainerd()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    /// <summary>Starts containerd on what it left, and returns when it answers.</summary>
    public async Task StartContainerd()
    {
        File.Delete(Socket);
        await RunContainerd();
    }

    public async Task DisposeAsync()
    {
        if (_process is not null)
        {
            await RemovePods();
            _process.Kill();
            await _process.WaitForExitAsync();
            _process.Dispose();
            _process = null;
        }
        await ExternalProgram.TryRun("ip", ["netns", "del", _id]);
        await ExternalProgram.TryRun("ip", ["link", "del", _id]);
        await Unmount();
        if (Directory.Exists(VolatileFolder)) Directory.Delete(VolatileFolder, recursive: true);
        if (Directory.Exists(Folder)) Directory.Delete(Folder, recursive: true);
        Cgroups.TryRemove(CgroupParent.Trim('/'));
    }

    private async Task StartNetwork()
    {
        var routes = SubnetPicker.ParseRoutes(await ExternalProgram.Run("ip", ["-4", "-o", "route", "show", "table", "all"]));
        var nodes = Net(SubnetPicker.Pick(routes, Random.Shared.Next(256)));
        var pods = Net(SubnetPicker.Pick([.. routes, System.Net.IPNetwork.Parse($"{nodes}.0/24")], Random.Shared.Next(256)));
        NodeAddress = $"{nodes}.1";
        await ExternalProgram.Run("ip", ["netns", "add", _id]);
        await ExternalProgram.Run("ip", ["-batch", "-"], $"""
            link add {_id} type veth peer name eth0 netns {_id}
            addr add {nodes}.254/24 dev {_id}
            link set {_id} up

            """);
        await ExternalProgram.Run("ip", ["-n", _id, "-batch", "-"], $"""
            link set lo up
            addr add {nodes}.1/24 dev eth0
            link set eth0 up
            route add default via {nodes}.254

            """);
        await ExternalProgram.Run("ip", ["route", "add", $"{pods}.0/24", "via", NodeAddress]);
        await ExternalProgram.Run("nsenter", [$"--net=/run/netns/{_id}", "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward"]);
        await CniConfiguration.Write(Path.Combine(Folder, "cni"), _id, $"{pods}.0/24", CancellationToken.None);

        static string Net(string? subnet) => subnet is null ? throw new InvalidOperationException("no free network") : subnet[..subnet.LastIndexOf('.')];
    }

    private async Task RunContainerd()
    {
        var config = Path.Combine(Folder, "containerd.toml");
        var folders = new ContainerdFolders(Path.Combine(Folder, "root"), Path.Combine(Folder, "state"), Socket, Path.Combine(Folder, "cni"));
        await File.WriteAllTextAsync(config, ContainerdConfig.Render(folders, DemoImages.Pause));
        // setsid: a signal to the test run's group must leave it to us to stop it.
        var start = new ProcessStartInfo("setsid") { RedirectStandardInput = true };
        foreach (var argument in new[] { "nsenter", $"--net=/run/netns/{_id}", "containerd", "--config", config, "--log-level", "warn" }) start.ArgumentList.Add(argument);
        start.RedirectStandardError = true;
        start.RedirectStandardOutput = true;
        _process = Process.Start(start) ?? throw new InvalidOperationException("containerd did not start");
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
        using var limit = new CancellationTokenSource(Patience);
        while (!File.Exists(Socket) || !(await ExternalProgram.TryRun("ctr", ["--address", Socket, "version"], stop: limit.Token)).Succeeded)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), limit.Token);
        }
    }

    private async Task RemovePods()
    {
        using var runtime = Connect();
        using var limit = new CancellationTokenSource(Patience);
        try
        {
            foreach (var pod in (await runtime.ListAsync(limit.Token)).Values)
            {
                foreach (var sandbox in pod.Sandboxes)
                {
                    await runtime.StopSandboxAsync(sandbox.Id, limit.Token);
                    await runtime.RemoveSandboxAsync(sandbox.Id, limit.Token);
                }
            }
        }
        catch (Exception error) when (error is NodeActor.Runtime.RuntimeException or OperationCanceledException)
        {
            // containerd itself does not work any more: what is left of its processes is killed by their cgroup.
        }
        foreach (var process in Cgroups.Of(CgroupParent.Trim('/')).SelectMany(Processes)) await ExternalProgram.TryRun("kill", ["-9", process]);
    }

    private static IEnumerable<string> Processes(string cgroup) => Directory
        .EnumerateFiles(cgroup, "cgroup.procs", SearchOption.AllDirectories)
        .SelectMany(File.ReadAllLines);

    private async Task Unmount()
    {
        var mounts = (await File.ReadAllLinesAsync("/proc/self/mounts")).Select(line => line.Split(' ')[1]).Where(path => path.StartsWith(Folder, StringComparison.Ordinal));
        foreach (var mount in mounts.Reverse().ToImmutableArray()) await ExternalProgram.TryRun("umount", ["-l", mount]);
    }
}
