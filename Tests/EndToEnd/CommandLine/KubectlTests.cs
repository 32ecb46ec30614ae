using System.Text.RegularExpressions;
using Shared.Processes;
using Tests.Support;
using Xunit;

namespace Tests.EndToEnd.CommandLine;

/// <summary>What users do every day, with the real kubectl on real containers.</summary>
[Collection(nameof(TemporaryCluster))]
public sealed class KubectlTests
{
    private const string Chatty = """
        {"apiVersion":"v1","kind":"Pod","metadata":{"name":"chatty"},"spec":{"containers":[{"name":"c","image":"demo/busybox:v1",
        "command":["sh","-c","echo first; echo second; [ -e /state/again ] && sleep 1000000; touch /state/again; exit 3"],"volumeMounts":[{"name":"state","mountPath":"/state"}]}],
        "volumes":[{"name":"state","emptyDir":{}}],"terminationGracePeriodSeconds":1}}
        """;

    private const string Client = """
        {"apiVersion":"v1","kind":"Pod","metadata":{"name":"client"},"spec":{"restartPolicy":"Never","containers":[{"name":"c","image":"demo/busybox:v1","command":["sh","-c",
        "cd /var/run/secrets/kubernetes.io/serviceaccount && cat namespace && echo && cat token && echo && cat ca.crt"]}]}}
        """;

    [RootFact]
    public async Task Kubectl_applies_reads_scales_describes_and_deletes()
    {
        await using var cluster = new TemporaryCluster();
        await cluster.Up(2);
        var example = Checkout.Path("examples", "deploy.yaml");
        await cluster.Kubectl("apply", "-f", example);
        await cluster.Kubectl("rollout", "status", "deployment/web", "--timeout=60s");
        Assert.Contains("unchanged", await cluster.Kubectl("apply", "-f", example), StringComparison.Ordinal);
        await cluster.Kubectl("scale", "deployment/web", "--replicas=4");
        await Until(cluster, "four replicas are ready", "4", "get", "deployment", "web", "-o", "jsonpath={.status.readyReplicas}");
        Assert.Contains("4/4", await cluster.Kubectl("get", "deployment", "web"), StringComparison.Ordinal);
        Assert.Contains("Started container web", await cluster.Kubectl("describe", "pods"), StringComparison.Ordinal);
        Assert.Contains("Container image name", await cluster.Kubectl("explain", "pod.spec.containers.image"), StringComparison.Ordinal);
        Assert.Contains("REVISION", await cluster.Kubectl("rollout", "history", "deployment/web"), StringComparison.Ordinal);
        await cluster.Kubectl("delete", "-f", example, "--timeout=60s");
        await Until(cluster, "the pods are gone", "", "get", "pods", "-l", "app=web", "-o", "name");
    }

    [RootFact]
    public async Task Kubectl_logs_come_from_the_node_also_of_the_container_before()
    {
        await using var cluster = new TemporaryCluster();
        await cluster.Up(1);
        var file = Path.Combine(cluster.Folder.Path, "chatty.json");
        await File.WriteAllTextAsync(file, Chatty);
        await cluster.Kubectl("apply", "-f", file);
        await Until(cluster, "the container was started again", "1", "get", "pod", "chatty", "-o", "jsonpath={.status.containerStatuses[0].restartCount}");
        await cluster.Kubectl("wait", "--for=condition=Ready", "pod/chatty", "--timeout=60s");
        Assert.Equal("first\nsecond\n", await cluster.Kubectl("logs", "chatty", "--previous"));
        Assert.Equal("second", (await cluster.Kubectl("logs", "chatty", "--tail=1")).Trim());
        Assert.Equal("3", (await cluster.Kubectl("get", "pod", "chatty", "-o", "jsonpath={.status.containerStatuses[0].lastState.terminated.exitCode}")).Trim());

        // What a client in the cluster finds there, and may do with it: its account may view.
        await cluster.Kubectl("create", "rolebinding", "viewers", "--clusterrole=view", "--serviceaccount=default:default");
        file = Path.Combine(cluster.Folder.Path, "client.json");
        await File.WriteAllTextAsync(file, Client);
        await cluster.Kubectl("apply", "-f", file);
        await Until(cluster, "the client has ended", "Succeeded", "get", "pod", "client", "-o", "jsonpath={.status.phase}");
        var found = (await cluster.Kubectl("logs", "client")).Split('\n', 3);
        Assert.Equal("default", found[0]);
        var authority = Path.Combine(cluster.Folder.Path, "client.crt");
        await File.WriteAllTextAsync(authority, found[2]);
        string[] client = ["--kubeconfig", "/dev/null", "--server", $"https://127.0.0.1:{cluster.Port}", "--certificate-authority", authority, "--token", found[1]];
        Assert.Equal("pod/chatty\n", await ExternalProgram.Run("kubectl", [.. client, "get", "pod", "chatty", "-o", "name"]));
        Assert.Contains("User \"system:serviceaccount:default:default\" cannot list resource \"secrets\"", (await ExternalProgram.TryRun("kubectl", [.. client, "get", "secrets"])).Error, StringComparison.Ordinal);
        Assert.Equal("no", (await ExternalProgram.TryRun("kubectl", [.. client, "auth", "can-i", "delete", "pods"])).Output.Trim());
        Assert.Equal("yes", (await cluster.Kubectl("auth", "can-i", "list", "pods", "--as=system:serviceaccount:default:default")).Trim());
    }

    [RootFact]
    public async Task Busy_containers_are_seen_by_top_and_get_more_of_their_kind()
    {
        await using var cluster = new TemporaryCluster();
        await cluster.Up(1);
        await cluster.Kubectl("apply", "-f", Checkout.Path("examples", "autoscale.yaml"));
        await cluster.Kubectl("rollout", "status", "deployment/burner", "--timeout=60s");

        // Two samples, a quarter of a minute apart: until then kubectl says that there are none, which is an error to it.
        await Shows("the use of the pod", @"^burner-\S+\s+\d*[1-9]\d*m\s+\d+Mi\s*$", "top", "pod", "-l", "app=burner", "--no-headers");
        await Shows("the use of the container", @"^burner-\S+\s+burner\s+\d*[1-9]\d*m\s+\d+Mi\s*$", "top", "pod", "-l", "app=burner", "--containers", "--no-headers");
        await Shows("the use of the node", @"^\S+\s+\d*[1-9]\d*m\s+\d+%\s+[1-9]\d*Mi\s+\d+%\s*$", "top", "node", "--no-headers");
        Assert.Contains("WINDOW", await cluster.Kubectl("get", "pods.metrics.k8s.io"), StringComparison.Ordinal);
        await Shows("as many pods as allowed", @"^burner\s+Deployment/burner\s+cpu: [1-9]\d+%/50%\s+1\s+3\s+3\s", "get", "hpa", "burner", "--no-headers");
        Assert.Contains("New size: 3; reason: cpu resource utilization (percentage of request) above target", await cluster.Kubectl("describe", "hpa", "burner"), StringComparison.Ordinal);

        async Task Shows(string phase, string pattern, params string[] arguments)
        {
            using var bound = new CancellationTokenSource(TimeSpan.FromSeconds(90));
            while (true)
            {
                var result = await ExternalProgram.TryRun("kubectl", ["--kubeconfig", cluster.Folder.Kubeconfig, .. arguments]);
                var answer = result.Output + result.Error;
                if (Regex.IsMatch(answer, pattern, RegexOptions.Multiline)) return;
                Assert.False(bound.IsCancellationRequested, $"{phase}: kubectl answers '{answer}'");
            }
        }
    }

    /// <summary>Asks kubectl until it answers what is expected, within a bound.</summary>
    private static async Task Until(TemporaryCluster cluster, string phase, string expected, params string[] arguments)
    {
        using var bound = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            var answer = (await cluster.Kubectl(arguments)).Trim();
            if (answer == expected) return;
            Assert.False(bound.IsCancellationRequested, $"{phase}: kubectl answers '{answer}'");
        }
    }
}
