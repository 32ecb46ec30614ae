using System.Text.Json.Nodes;
using ControlPlane.CommandLine.Clusters;
using Shared.Processes;
using Xunit;

namespace Tests.EndToEnd.CommandLine;

/// <summary>A control plane that stands still as a process, with nodes that go on.</summary>
[Collection(nameof(TemporaryCluster))]
public sealed class PausedControlPlaneTests
{
    private const int Pods = 30;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(8);

    [Fact]
    public async Task Pause_of_eight_seconds_costs_no_pod()
    {
        await using var cluster = new TemporaryCluster();
        await cluster.Up(4, ClusterRuntime.Hollow);
        var deployment = Path.Combine(cluster.Folder.Path, "web.json");
        await File.WriteAllTextAsync(deployment, $$"""
            { "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "web" }, "spec": { "replicas": {{Pods}}, "selector": { "matchLabels": { "app": "web" } },
              "template": { "metadata": { "labels": { "app": "web" } }, "spec": { "containers": [{ "name": "c", "image": "example/app:1" }] } } } }
            """);
        await cluster.Kubectl("apply", "-f", deployment);
        await cluster.Kubectl("wait", "--for=condition=Available", "deployment/web", "--timeout=120s");
        var before = await Uids(cluster);
        Assert.Equal(Pods, before.Count);

        var process = new BackgroundProcess(cluster.Folder, ClusterProcesses.ControlPlane).Running!.Value;
        await Signal("STOP", process);
        await Task.Delay(Pause);
        await Signal("CONT", process);

        // Whoever had been found lost would be so when a node that really falls silent now is.
        Signals.SendKill(new BackgroundProcess(cluster.Folder, ClusterProcesses.HollowNodes).Running!.Value);
        await cluster.Kubectl("wait", "--for=condition=Ready=Unknown", "node/node-1", "--timeout=60s");
        Assert.Equal(before, await Uids(cluster));
    }

    private static Task Signal(string name, ProcessIdentity process) => ExternalProgram.Run("kill", [$"-{name}", $"{process.Pid}"]);

    private static async Task<SortedSet<string>> Uids(TemporaryCluster cluster)
    {
        var list = JsonNode.Parse(await cluster.Kubectl("get", "pods", "-o", "json"))!;
        return new(list["items"]!.AsArray().Where(pod => pod!["metadata"]!["deletionTimestamp"] is null).Select(pod => (string)pod!["metadata"]!["uid"]!), StringComparer.Ordinal);
    }
}
