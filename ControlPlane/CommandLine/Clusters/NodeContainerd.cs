using ControlPlane.CommandLine.Images;
using Shared.Hosting;
using Shared.Processes;

namespace ControlPlane.CommandLine.Clusters;

/// <summary>The containerd of one node.</summary>
internal sealed class NodeContainerd(ClusterFolder folder, ClusterDescription cluster, ClusterNode node)
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(30);

    // Kubernetes' images and containers live in this namespace of containerd.
    private const string Namespace = "k8s.io";

    /// <summary>The process.</summary>
    public BackgroundProcess Process { get; } = new(folder, $"{node.Name}-containerd");

    private string Socket => folder.ContainerdSocket(node);

    /// <summary>The folder the agent writes the CNI configuration to.</summary>
    public static string NetworkConfiguration(ClusterFolder folder, ClusterNode node) => Path.Combine(folder.NodeFolder(node), "cni");

    /// <summary>Starts it in the node's network, unless it runs, and waits until it answers.</summary>
    public async Task Start(CancellationToken stop)
    {
        var home = folder.NodeFolder(node);
        var folders = new ContainerdFolders(
            Path.Combine(home, "containerd"), Path.Combine(folder.NodeRunFolder(node), "state"), Socket, NetworkConfiguration(folder, node));
        foreach (var path in new[] { home, folder.NodeRunFolder(node), folders.NetworkConfiguration }) PrivateFile.CreateFolder(path);
        var config = Path.Combine(home, "containerd.toml");
        PrivateFile.Write(config, ContainerdConfig.Render(folders, DemoImages.Pause));
        await Process.Start([.. NodeNetworks.Enter(cluster, node), "containerd", "--config", config, "--log-level", "warn"], stop: stop);
        if (!await Waiting.Until(() => Answers(stop), StartPatience, stop))
        {
            throw new CommandFailedException($"containerd of {node.Name} does not answer. The end of {Process.LogFile}:\n{Process.LogTail()}");
        }
    }

    /// <summary>Loads an OCI or docker archive under the names in it, and tells them.</summary>
    public async Task<IReadOnlyList<string>> Import(string archive, CancellationToken stop)
    {
        var output = await ExternalProgram.Run("ctr", ["--address", Socket, "--namespace", Namespace, "images", "import", archive], stop: stop);
        return [.. output.Split('\n').Where(line => line.StartsWith("unpacking ", StringComparison.Ordinal)).Select(line => line.Split(' ')[1])];
    }

    private async Task<bool> Answers(CancellationToken stop)
    {
        if (!File.Exists(Socket)) return Process.Running is null ? throw Died() : false;
        return (await ExternalProgram.TryRun("ctr", ["--address", Socket, "version"], stop: stop)).Succeeded;
    }

    private CommandFailedException Died() => new($"containerd of {node.Name} ended. The end of {Process.LogFile}:\n{Process.LogTail()}");
}
