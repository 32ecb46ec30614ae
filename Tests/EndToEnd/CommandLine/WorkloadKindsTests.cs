using Shared.Processes;
using Tests.Support;
using Xunit;

namespace Tests.EndToEnd.CommandLine;

/// <summary>The workload kinds beside Deployments, with the real kubectl on real containers, by the examples a newcomer would copy.</summary>
[Collection(nameof(TemporaryCluster))]
public sealed class WorkloadKindsTests
{
    [RootFact]
    public async Task Daemons_and_a_stateful_store_are_rolled_out_undone_drained_and_deleted()
    {
        await using var cluster = new TemporaryCluster();
        var local = await cluster.Up(2);
        var examples = new[] { "daemon.yaml", "stateful.yaml" }.Select(name => Path.Combine(AppContext.BaseDirectory, "examples", name)).ToArray();
        foreach (var example in examples) await cluster.Kubectl("apply", "-f", example);
        await cluster.Kubectl("rollout", "status", "daemonset/watcher", "--timeout=90s");
        await cluster.Kubectl("rollout", "status", "statefulset/store", "--timeout=90s");
        Assert.Equal(2, (await Get(cluster, "app=watcher", ".spec.nodeName")).Distinct().Count());
        Assert.Equal(["store-0", "store-1", "store-2"], await Get(cluster, "app=store", ".metadata.name"));
        Assert.Equal("store-1", (await cluster.Kubectl("get", "pod", "store-1", "-o", "jsonpath={.spec.hostname}")).Trim());

        // An update from the highest down, and back by kubectl.
        await cluster.Kubectl("set", "image", "statefulset/store", "store=demo/web:v2");
        await cluster.Kubectl("rollout", "status", "statefulset/store", "--timeout=90s");
        Assert.All(await Get(cluster, "app=store", ".spec.containers[0].image"), image => Assert.Equal("demo/web:v2", image));
        await cluster.Kubectl("rollout", "undo", "statefulset/store");
        await cluster.Kubectl("rollout", "status", "statefulset/store", "--timeout=90s");
        Assert.All(await Get(cluster, "app=store", ".spec.containers[0].image"), image => Assert.Equal("demo/web:v1", image));
        await cluster.Kubectl("rollout", "restart", "daemonset/watcher");
        await cluster.Kubectl("rollout", "status", "daemonset/watcher", "--timeout=90s");
        Assert.Contains("3", await cluster.Kubectl("rollout", "history", "statefulset/store"), StringComparison.Ordinal);

        // A node is emptied while the budget always holds; its daemon stays.
        var node = local.Description.Nodes[0].Name;
        await cluster.Kubectl("drain", node, "--ignore-daemonsets", "--timeout=90s");
        await cluster.Kubectl("rollout", "status", "statefulset/store", "--timeout=90s");
        Assert.DoesNotContain(node, await Get(cluster, "app=store", ".spec.nodeName"));
        Assert.Contains(node, await Get(cluster, "app=watcher", ".spec.nodeName"));
        await cluster.Kubectl("patch", "pdb", "store", "--type=merge", "-p", """{"spec":{"maxUnavailable":0}}""");
        await cluster.Kubectl("wait", "pdb/store", "--for=jsonpath={.status.disruptionsAllowed}=0", "--timeout=30s");
        var refused = await ExternalProgram.TryRun("kubectl", ["--kubeconfig", cluster.Folder.Kubeconfig, "drain", local.Description.Nodes[1].Name, "--ignore-daemonsets", "--timeout=2s"]);
        Assert.False(refused.Succeeded);
        Assert.Contains("disruption budget", refused.Error, StringComparison.Ordinal);
        Assert.Equal(3, (await Get(cluster, "app=store", ".metadata.name")).Length);

        foreach (var example in examples) await cluster.Kubectl("delete", "-f", example, "--timeout=60s");
        await cluster.Kubectl("wait", "pods", "--all", "--for=delete", "--timeout=60s");
        Assert.Equal("", (await cluster.Kubectl("get", "controllerrevisions", "-o", "name")).Trim());
    }

    private static async Task<string[]> Get(TemporaryCluster cluster, string selector, string field) =>
        (await cluster.Kubectl("get", "pods", "-l", selector, "--sort-by=.metadata.name", "-o", $"jsonpath={{range .items[*]}}{{{field}}}{{\"\\n\"}}{{end}}")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
