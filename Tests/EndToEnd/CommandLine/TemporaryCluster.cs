using System.Net;
using System.Net.Sockets;
using ControlPlane.CommandLine;
using ControlPlane.CommandLine.Clusters;
using Shared.Processes;
using Tests.Support;

namespace Tests.EndToEnd.CommandLine;

/// <summary>A real cluster in a folder and on a port of its own, taken down at the end whatever happened.</summary>
internal sealed class TemporaryCluster : IAsyncDisposable
{
    private readonly List<string> _told = [];

    /// <summary>Nothing runs yet.</summary>
    public TemporaryCluster() => Folder = new ClusterFolder(Directory.CreateTempSubdirectory("actors-test-").FullName);

    public ClusterFolder Folder { get; }

    public int Port { get; } = FreePort();

    /// <summary>What <c>up</c> told.</summary>
    public IReadOnlyList<string> Told => _told;

    public Task<LocalCluster> Up(int nodes, ClusterRuntime runtime = ClusterRuntime.Containerd, int? controlPlanes = null) =>
        UpCommand.Up(Folder, new ClusterWish(nodes, Port, Runtime: runtime, ControlPlanes: controlPlanes), _told.Add, CancellationToken.None);

    public Task Down() => DownCommand.Down(Folder, CancellationToken.None);

    /// <summary>Runs a verb as a user does, in this process.</summary>
    public Task<int> Actors(params string[] arguments) => ActorsCommand.Run([.. arguments, "--data", Folder.Path]);

    /// <summary>Waits until <c>status</c> says that all is well: on a busy machine a part may be late for a moment.</summary>
    public Task AllIsWell() => ControlPlaneMembers.Until("status to say that all is well", async () => await Actors("status") == 0);

    /// <summary>Runs <c>kubectl</c> and returns what it printed.</summary>
    /// <exception cref="ProgramFailedException">It failed; what the processes of the cluster warned of last is in the message.</exception>
    public async Task<string> Kubectl(params string[] arguments)
    {
        try
        {
            return await ExternalProgram.Run("kubectl", ["--kubeconfig", Folder.Kubeconfig, .. arguments]);
        }
        catch (ProgramFailedException fault)
        {
            throw new ProgramFailedException($"{fault.Message}\nat {DateTime.UtcNow:HH:mm:ss.fff}, with the last warnings of\n{Warnings()}", fault);
        }
    }

    private string Warnings() => string.Join('\n', Directory.GetFiles(Folder.Logs).Order(StringComparer.Ordinal).Select(file =>
        $"{Path.GetFileName(file)}:\n{string.Join('\n', File.ReadLines(file).Where(IsWarning).TakeLast(8))}"));

    private static bool IsWarning(string line) => line.Contains(" warn: ", StringComparison.Ordinal) || line.Contains(" fail: ", StringComparison.Ordinal) || line.Contains("FATAL", StringComparison.Ordinal);

    public async ValueTask DisposeAsync()
    {
        await Down();
        Directory.Delete(Folder.Path, recursive: true);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
