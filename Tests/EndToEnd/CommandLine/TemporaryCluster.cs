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
    public Task<string> Kubectl(params string[] arguments) => ExternalProgram.Run("kubectl", ["--kubeconfig", Folder.Kubeconfig, .. arguments]);

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
