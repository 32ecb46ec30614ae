using Tests.Support;
using Xunit;

namespace Tests.EndToEnd.CommandLine;

/// <summary>Claims and their volumes, with the real kubectl on real containers.</summary>
[Collection(nameof(TemporaryCluster))]
public sealed class ClaimTests
{
    [RootFact]
    public async Task Pods_of_a_set_find_what_they_wrote_and_the_set_takes_it_with_it()
    {
        await using var cluster = new TemporaryCluster();
        await cluster.Up(2);
        Assert.Contains("node-directory (default)", await cluster.Kubectl("get", "storageclass"), StringComparison.Ordinal);
        var example = Path.Combine(AppContext.BaseDirectory, "examples", "claims.yaml");
        await cluster.Kubectl("apply", "-f", example);
        await cluster.Kubectl("rollout", "status", "statefulset/diary", "--timeout=90s");
        Assert.Equal("Bound Bound", await Read(cluster, "pvc", ".items[*].status.phase"));
        Assert.Equal("Bound Bound", await Read(cluster, "pv", ".items[*].status.phase"));
        Assert.Equal(2, Directories(cluster).Length);
        Assert.Equal(["diary-0"], await Log(cluster, "diary-0"));

        // Replaced, it comes back where its volume is, and finds it as it was.
        var node = await Read(cluster, "pod/diary-0", ".spec.nodeName");
        await cluster.Kubectl("delete", "pod", "diary-0");
        await cluster.Kubectl("rollout", "status", "statefulset/diary", "--timeout=90s");
        Assert.Equal(node, await Read(cluster, "pod/diary-0", ".spec.nodeName"));
        Assert.Equal(["diary-0", "diary-0"], await Log(cluster, "diary-0"));

        // Nowhere else does it run.
        await cluster.Kubectl("cordon", node);
        await cluster.Kubectl("delete", "pod", "diary-0");
        await cluster.Kubectl("wait", "pod/diary-0", "--for=condition=PodScheduled=false", "--timeout=60s");
        Assert.Contains("1 node(s) had volume node affinity conflict", await Read(cluster, "pod/diary-0", ".status.conditions[?(@.type=='PodScheduled')].message"), StringComparison.Ordinal);
        await cluster.Kubectl("uncordon", node);
        await cluster.Kubectl("rollout", "status", "statefulset/diary", "--timeout=90s");
        Assert.Equal(["diary-0", "diary-0", "diary-0"], await Log(cluster, "diary-0"));

        // A smaller set keeps the volumes of those that went.
        await cluster.Kubectl("scale", "statefulset/diary", "--replicas=1");
        await cluster.Kubectl("wait", "pod/diary-1", "--for=delete", "--timeout=60s");
        Assert.Equal("Bound", await Read(cluster, "pvc/data-diary-1", ".status.phase"));
        await cluster.Kubectl("scale", "statefulset/diary", "--replicas=2");
        await cluster.Kubectl("rollout", "status", "statefulset/diary", "--timeout=90s");
        Assert.Equal(["diary-1", "diary-1"], await Log(cluster, "diary-1"));

        // A claim in use stays, and goes with the set, its volume and what was in it.
        await cluster.Kubectl("delete", "pvc", "data-diary-1", "--wait=false");
        Assert.Equal("Bound", await Read(cluster, "pvc/data-diary-1", ".status.phase"));
        await cluster.Kubectl("delete", "statefulset", "diary", "--timeout=60s");
        await cluster.Kubectl("wait", "pvc", "--all", "--for=delete", "--timeout=60s");
        await cluster.Kubectl("wait", "pv", "--all", "--for=delete", "--timeout=60s");
        Assert.Empty(Directories(cluster));
        await SignTheGuestbook(cluster);
    }

    /// <summary>What a newcomer would try: a web that keeps what it is told in a store, found by the variables of its Service, whoever of them was replaced meanwhile.</summary>
    private static async Task SignTheGuestbook(TemporaryCluster cluster)
    {
        await cluster.Kubectl("apply", "-f", Path.Combine(AppContext.BaseDirectory, "examples", "guestbook.yaml"));
        await cluster.Kubectl("rollout", "status", "statefulset/entries", "--timeout=90s");
        await cluster.Kubectl("rollout", "status", "deployment/web", "--timeout=90s");
        Assert.Contains("first", await Visit("first"), StringComparison.Ordinal);
        await cluster.Kubectl("delete", "pod", "entries-0");
        await cluster.Kubectl("rollout", "restart", "deployment/web");
        await cluster.Kubectl("rollout", "status", "statefulset/entries", "--timeout=90s");
        await cluster.Kubectl("rollout", "status", "deployment/web", "--timeout=90s");
        Assert.Matches(@"^Guestbook, served by web-\S+\nfirst\nsecond$", await Visit("second"));

        async Task<string> Visit(string words)
        {
            await cluster.Kubectl("run", words, "--image=demo/busybox:v1", "--restart=Never", "--", "sh", "-c", $"wget -q -O - \"http://$WEB_SERVICE_HOST/cgi-bin/book?{words}\"");
            await cluster.Kubectl("wait", $"pod/{words}", "--for=jsonpath={.status.phase}=Succeeded", "--timeout=60s");
            return (await cluster.Kubectl("logs", words)).Trim();
        }
    }

    private static string[] Directories(TemporaryCluster cluster) =>
        [.. Directory.EnumerateDirectories(cluster.Folder.Path, "volumes", SearchOption.AllDirectories).SelectMany(folder => Directory.EnumerateDirectories(folder, "pvc-*"))];

    private static async Task<string[]> Log(TemporaryCluster cluster, string pod) =>
        (await cluster.Kubectl("logs", pod)).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static async Task<string> Read(TemporaryCluster cluster, string what, string field) =>
        (await cluster.Kubectl("get", what, "-o", $"jsonpath={{{field}}}")).Trim();
}
