using System.Net;
using System.Text.Json.Nodes;
using NodeActor.Hosting;
using Tests.Cluster.NodeLink;
using Tests.Support;
using Xunit;

namespace Tests.Cluster.Members;

/// <summary>Nodes that know several control planes: whichever they speak to, all know of them.</summary>
public sealed class NodesOfSeveralMembersTests : IClassFixture<NodesOfSeveralMembersTests.Cluster>, IAsyncLifetime
{
    private const string Pods = "/api/v1/namespaces/default/pods";
    private readonly Cluster _cluster;
    private NodeHost? _nodes;

    public NodesOfSeveralMembersTests(Cluster cluster) => _cluster = cluster;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_nodes is not null) await _nodes.DisposeAsync();
    }

    [Fact]
    public async Task Pods_run_and_end_whichever_member_their_node_speaks_to_and_outlive_that_member()
    {
        _nodes = await _cluster.StartNodes("far", 3);
        var last = _cluster.Members[^1];
        await ControlPlaneMembers.Until("the nodes to be ready", async () => await Ready(last) == 3);
        Assert.Equal(HttpStatusCode.Created, (await last.Send(HttpMethod.Post, "/apis/apps/v1/namespaces/default/deployments", HollowNodes.Deployment(6))).Code);
        await ControlPlaneMembers.Until("the pods to be ready", async () => HollowNodes.Ready((await last.Send(HttpMethod.Get, Pods)).Body) == 6);
        var before = Uids((await last.Send(HttpMethod.Get, Pods)).Body);

        // Agents try the control planes in the order they were told: this is the one they speak to.
        await _cluster.Stop(_cluster.Members[0]);
        Assert.Equal(HttpStatusCode.OK, (await last.Send(HttpMethod.Patch, "/apis/apps/v1/namespaces/default/deployments/web", """{"spec":{"replicas":9}}""", "application/merge-patch+json")).Code);
        await ControlPlaneMembers.Until("more pods to be ready", async () => HollowNodes.Ready((await last.Send(HttpMethod.Get, Pods)).Body) == 9);
        Assert.Superset(before, Uids((await last.Send(HttpMethod.Get, Pods)).Body));
        var events = (await last.Send(HttpMethod.Get, "/api/v1/events")).Body["items"]!.AsArray();
        Assert.DoesNotContain(events, e => (string?)e!["reason"] == "NodeNotReady");

        Assert.Equal(HttpStatusCode.OK, (await last.Send(HttpMethod.Delete, "/apis/apps/v1/namespaces/default/deployments/web")).Code);
        await ControlPlaneMembers.Until("the pods to be gone", async () => (await last.Send(HttpMethod.Get, Pods)).Body["items"]!.AsArray().Count == 0);
    }

    [Fact]
    public async Task Every_member_knows_what_pods_and_nodes_use_whichever_their_node_speaks_to()
    {
        _nodes = await _cluster.StartNodes("used", 2);
        var first = _cluster.Members[0];
        await ControlPlaneMembers.Until("the nodes to be ready", async () => await Ready(first) >= 2);
        const string Pod = """
            { "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "used", "namespace": "default", "annotations": { "hollow.actors.io/cpu": "250m", "hollow.actors.io/memory": "64Mi" } },
              "spec": { "nodeName": "used-1", "containers": [{ "name": "main", "image": "example/app:1" }] } }
            """;
        Assert.Equal(HttpStatusCode.Created, (await first.Send(HttpMethod.Post, Pods, Pod)).Code);
        foreach (var member in _cluster.Members)
        {
            await ControlPlaneMembers.Until("the pod's use to be known", async () =>
                (await member.Send(HttpMethod.Get, "/apis/metrics.k8s.io/v1beta1/namespaces/default/pods/used")).Body["containers"]?[0]?["usage"]?.ToJsonString() == """{"cpu":"250m","memory":"64Mi"}""");
            await ControlPlaneMembers.Until("the node's use to be known", async () =>
                (string?)(await member.Send(HttpMethod.Get, "/apis/metrics.k8s.io/v1beta1/nodes/used-1")).Body["usage"]?["cpu"] == "250m");
        }
        await first.Send(HttpMethod.Delete, $"{Pods}/used");
        await ControlPlaneMembers.Until("the pod to be gone", async () => (await first.Send(HttpMethod.Get, $"{Pods}/used")).Code == HttpStatusCode.NotFound);
    }

    private static async Task<int> Ready(ControlPlaneMembers.Member member) =>
        (await member.Send(HttpMethod.Get, "/api/v1/nodes")).Body["items"]!.AsArray().Count(node => HollowNodes.Condition((JsonObject)node!, "Ready") == "True");

    private static HashSet<string> Uids(JsonObject list) => [.. list["items"]!.AsArray().Select(pod => (string)pod!["metadata"]!["uid"]!)];

    /// <summary>Members, and nodes that are told of all of them.</summary>
    public sealed class Cluster : ControlPlaneMembers
    {
        public Task<NodeHost> StartNodes(string name, int count)
        {
            var (pki, folder) = (Members[0].Host.Pki, Directory.CreateTempSubdirectory("actors-test-").FullName);
            Folders.Add(folder);
            return NodeHost.Start(new NodeProcessOptions
            {
                Name = name,
                Count = count,
                Seeds = [.. Members.Select(member => $"127.0.0.1:{member.Options.AgentPort}")],
                Address = "127.0.0.1",
                DataDirectory = folder,
                VolatileDirectory = folder,
                CertificateFile = pki.HollowNodes(name, [IPAddress.Loopback]).File,
                AuthorityFile = pki.AuthorityFile,
                Runtime = NodeRuntime.Hollow,
                UsageEvery = TimeSpan.FromSeconds(1),
            }, TimeProvider.System, CancellationToken.None);
        }
    }
}
