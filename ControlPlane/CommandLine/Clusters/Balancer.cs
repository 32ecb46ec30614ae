using System.Security.Cryptography;
using System.Text;
using ControlPlane.Access.Pki;
using Shared.Hosting;

namespace ControlPlane.CommandLine.Clusters;

/// <summary>The one address of several control planes: HAProxy passes connections through to those that are ready, TLS and all.</summary>
internal sealed class Balancer(ClusterFolder folder, ClusterDescription cluster, ClusterPki pki)
{
    private static readonly TimeSpan ReadyPatience = TimeSpan.FromSeconds(30);

    private readonly BackgroundProcess _process = new(folder, ClusterProcesses.Balancer);

    /// <summary>Starts it, or lets a new one take over from one that was started for other control planes, and waits until the API answers through it.</summary>
    public async Task Start(CancellationToken stop)
    {
        // It reads the authorities at its start only: others than before make another configuration, and so a new process.
        var authorities = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(pki.Trusted.Pem)));
        var config = BalancerConfig.Render(cluster, pki.AuthorityFile, Environment.IsPrivilegedProcess) + $"# authorities {authorities}\n";
        var known = File.Exists(folder.BalancerConfiguration) ? File.ReadAllText(folder.BalancerConfiguration) : "";
        PrivateFile.Write(folder.BalancerConfiguration, config);
        var program = Requirements.Find("haproxy") ?? throw new CommandFailedException("HAProxy is not installed: apt-get install --no-install-recommends haproxy");
        var command = new List<string> { program, "-db", "-f", folder.BalancerConfiguration };
        if (_process.Running is { } running && known != config)
        {
            command.AddRange("-sf", $"{running.Pid}");
            _process.Forget();
        }
        else if (_process.Running is null && !ClusterPlan.IsFree(cluster.Port))
        {
            throw new CommandFailedException($"Port {cluster.Port} is in use by another program. Choose another with --port.");
        }
        await _process.Start(command, stop: stop);
        using var client = new ClusterClient(cluster.Server, pki);
        if (!await Waiting.Until(async () => await client.IsReady(stop) || (_process.Running is null ? throw _process.Ended() : false), ReadyPatience, stop)) throw _process.NotReady(ReadyPatience);
    }
}
