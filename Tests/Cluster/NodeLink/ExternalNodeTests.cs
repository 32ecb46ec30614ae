using System.Net;
using ControlPlane.Hosting;
using Xunit;

namespace Tests.Cluster.NodeLink;

/// <summary>Nodes that come over REST, as an external kubelet's do.</summary>
public sealed class ExternalNodeTests : IClassFixture<ExternalNodeTests.ShortLease>
{
    private const string Leases = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";
    private readonly ShortLease _cluster;

    public ExternalNodeTests(ShortLease cluster) => _cluster = cluster;

    [Fact]
    public async Task External_node_that_renews_its_lease_is_kept_and_one_that_stops_is_lost_and_comes_back()
    {
        await Register("renews");
        await Register("silent");
        await Send(HttpMethod.Post, Leases, Lease("renews", 0));
        await Send(HttpMethod.Post, Leases, Lease("silent", 0));
        using var stop = new CancellationTokenSource();
        var renewing = Renew("renews", stop.Token);
        var lost = await _cluster.Until("the silent node to be lost", "/api/v1/nodes/silent", node => HollowNodes.Taints(node).Length == 2);
        Assert.Equal("Unknown", HollowNodes.Condition(lost, "Ready"));
        var kept = await _cluster.Get("/api/v1/nodes/renews");
        Assert.Equal("True", HollowNodes.Condition(kept, "Ready"));
        Assert.Empty(HollowNodes.Taints(kept));
        await stop.CancelAsync();
        await renewing;

        await Send(HttpMethod.Patch, $"{Leases}/silent", Lease("silent", 1), "application/merge-patch+json");
        await Send(HttpMethod.Patch, "/api/v1/nodes/silent/status", Status, "application/merge-patch+json");
        await _cluster.Until("the taints to go", "/api/v1/nodes/silent", node => HollowNodes.Condition(node, "Ready") == "True" && HollowNodes.Taints(node).IsEmpty);
    }

    private const string Status = """{ "status": { "conditions": [{ "type": "Ready", "status": "True", "reason": "KubeletReady", "lastHeartbeatTime": "2030-01-01T00:00:00Z" }] } }""";

    private async Task Register(string name)
    {
        await Send(HttpMethod.Post, "/api/v1/nodes", $$"""{ "apiVersion": "v1", "kind": "Node", "metadata": { "name": "{{name}}" } }""");
        await Send(HttpMethod.Patch, $"/api/v1/nodes/{name}/status", Status, "application/merge-patch+json");
    }

    private async Task Renew(string name, CancellationToken stop)
    {
        for (var i = 1; !stop.IsCancellationRequested; i++)
        {
            await Send(HttpMethod.Patch, $"{Leases}/{name}", Lease(name, i), "application/merge-patch+json");
            await Task.Delay(100, CancellationToken.None);
        }
    }

    private async Task Send(HttpMethod method, string path, string body, string contentType = "application/json")
    {
        var (code, answer) = await _cluster.Send(method, path, body, contentType);
        Assert.True(code is HttpStatusCode.OK or HttpStatusCode.Created, $"{method} {path}: {answer.ToJsonString()}");
    }

    private static string Lease(string name, int renewal) => $$"""
        { "apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": { "name": "{{name}}" },
          "spec": { "holderIdentity": "{{name}}", "renewTime": "2030-01-01T00:{{renewal / 60:00}}:{{renewal % 60:00}}.000000Z" } }
        """;

    /// <summary>A control plane that gives external nodes three seconds.</summary>
    public sealed class ShortLease : HollowNodes
    {
        protected override ControlPlaneOptions Configure(ControlPlaneOptions options) =>
            options with { NodeLeaseGrace = TimeSpan.FromSeconds(3) };
    }
}
