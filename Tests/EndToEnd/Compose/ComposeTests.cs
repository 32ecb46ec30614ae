using ControlPlane.CommandLine.Images;
using Tests.Support;
using Xunit;

namespace Tests.EndToEnd.Compose;

/// <summary>The top level's <c>docker-compose.yml</c> with Debian's engine, without a registry.</summary>
public sealed class ComposeTests
{
    private const string Image = "registry.example/mine:1";

    private const string Deployment = """
        {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"mine"},"spec":{"replicas":3,"selector":{"matchLabels":{"app":"mine"}},
        "template":{"metadata":{"labels":{"app":"mine"}},"spec":{"terminationGracePeriodSeconds":1,"containers":[{"name":"c","image":"registry.example/mine:1"}]}}}}
        """;

    [RootFact]
    public async Task Composed_cluster_runs_pods_outlives_a_member_and_a_node_and_goes_without_a_trace()
    {
        var engine = await DockerEngine.Start();
        await using (engine)
        {
            var cluster = new ComposedCluster(engine);
            await cluster.Build();
            await cluster.Up();
            // kubectl waits for nodes to be ready, and not for them to come.
            string[] nodes = ["node/node-1", "node/node-2", "node/node-3"];
            await cluster.Until("the nodes are registered", async () => (await cluster.TryKubectl("get", "nodes", "-o", "name", "--request-timeout=5s")).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).SequenceEqual(nodes));
            await cluster.Kubectl("wait", "--for=condition=Ready", "nodes", "--all", "--timeout=60s");

            await Deploy(cluster, engine.Folder);
            var lost = await KillWhereAPodIs(cluster);
            await cluster.Until("a write is taken", async () => (await cluster.TryKubectl("create", "configmap", "after", "--request-timeout=5s")) is var result && (result.Succeeded || result.Error.Contains("already exists", StringComparison.Ordinal)));
            await cluster.Until($"the pods of {lost} are replaced", async () => await ReadyPods(cluster) is { Length: 3 } pods && pods.All(pod => pod.Node != lost));
            foreach (var (name, _) in await ReadyPods(cluster)) Assert.Equal("hello", (await cluster.Kubectl("logs", name)).Trim());

            await cluster.Up();
            await cluster.Kubectl("wait", "--for=condition=Ready", $"node/{lost}", "--timeout=60s");
            await cluster.Kubectl("rollout", "status", "deployment/mine", "--timeout=60s");

            await cluster.Compose("down", "--volumes");
            Assert.Empty(await cluster.Lines("docker", "ps", "--all", "--quiet"));
            Assert.Empty(await cluster.Lines("docker", "volume", "ls", "--quiet"));
            Assert.Empty(await cluster.Lines("docker", "network", "ls", "--quiet", "--filter", "type=custom"));
            Assert.NotEmpty(engine.Left());
        }
        Assert.Empty(engine.Left());
    }

    // As a user does who has no registry.
    private static async Task Deploy(ComposedCluster cluster, string folder)
    {
        var archive = Path.Combine(folder, "mine.tar");
        await using (var stream = File.Create(archive))
        {
            var layer = ImageLayer.Of(LayerEntry.Folder("bin"), LayerEntry.Program("bin/busybox", await File.ReadAllBytesAsync(DemoImages.BusyboxFile)));
            ImageArchive.Write(stream, new ImageDefinition(Image, [layer]) { Entrypoint = ["/bin/busybox", "sh", "-c", "echo hello; exec /bin/busybox sleep 1000000"] });
        }
        foreach (var node in new[] { "node-1", "node-2", "node-3" }) await cluster.ComposeWith(archive, "exec", "-T", node, "ctr", "--namespace", "k8s.io", "images", "import", "-");
        var file = Path.Combine(folder, "mine.json");
        await File.WriteAllTextAsync(file, Deployment);
        await cluster.Kubectl("apply", "-f", file);
        await cluster.Kubectl("rollout", "status", "deployment/mine", "--timeout=120s");
    }

    // The first member is named first to everybody, and must be missed as little as any.
    private static async Task<string> KillWhereAPodIs(ComposedCluster cluster)
    {
        var node = (await ReadyPods(cluster))[0].Node;
        await cluster.Compose("kill", "control-plane-1", node);
        return node;
    }

    private static async Task<(string Name, string Node)[]> ReadyPods(ComposedCluster cluster)
    {
        const string columns = "jsonpath={range .items[*]}{.metadata.name} {.spec.nodeName} {.metadata.deletionTimestamp} {.status.conditions[?(@.type==\"Ready\")].status}{\"\\n\"}{end}";
        var result = await cluster.TryKubectl("get", "pods", "-l", "app=mine", "-o", columns, "--request-timeout=5s");
        return [.. result.Output.Split('\n').Select(line => line.Split(' ')).Where(fields => fields is [_, _, "", "True"]).Select(fields => (fields[0], fields[1]))];
    }
}
