using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Shared.Json;
using Xunit;

namespace Tests.Cluster.NodeLink;

/// <summary>What <c>kubectl top</c> and autoscaling ask for, of simulated nodes.</summary>
public sealed class UsageTests(HollowNodes cluster) : IClassFixture<HollowNodes>, IAsyncLifetime
{
    private const string Metrics = "/apis/metrics.k8s.io/v1beta1";
    private const string PodMetrics = $"{Metrics}/namespaces/default/pods";
    private readonly List<string> _pods = [];

    public async Task InitializeAsync()
    {
        await cluster.StartNodes("use", 2);
        foreach (var name in (string[])["use-1", "use-2"]) await cluster.Until("the node to be ready", $"/api/v1/nodes/{name}", node => HollowNodes.Condition(node, "Ready") == "True");
    }

    public async Task DisposeAsync()
    {
        foreach (var pod in _pods) await cluster.Send(HttpMethod.Delete, $"/api/v1/namespaces/default/pods/{pod}");
        foreach (var pod in _pods) await cluster.Until("the pod to be gone", $"/api/v1/namespaces/default/pods/{pod}", found => found is null);
        await cluster.StopAll();
    }

    [Fact]
    public async Task Use_of_pods_and_nodes_is_told_with_names_labels_times_and_quantities()
    {
        await Create("busy", "use-1", "12345678n", "1234Ki", "db");
        await Create("idle", "use-1", null, null, "web");
        var pod = await Known("busy");
        Assert.Equal(("PodMetrics", "metrics.k8s.io/v1beta1", "default", "db"), (pod.Text("kind"), pod.Text("apiVersion"), pod.Text("metadata", "namespace"), pod.Text("metadata", "labels", "app")));
        Assert.Equal("""[{"name":"main","usage":{"cpu":"12345678n","memory":"1234Ki"}}]""", pod["containers"]!.ToJsonString());
        Assert.Equal("1s", pod.Text("window"));
        Assert.True((DateTimeOffset.UtcNow - pod.Time("timestamp")!.Value).Duration() < TimeSpan.FromMinutes(1));
        Assert.Equal("""{"cpu":"0","memory":"0"}""", (await Known("idle"))["containers"]![0]!["usage"]!.ToJsonString());

        var node = (await cluster.Until("the node's use", $"{Metrics}/nodes/use-1", found => found.Text("usage", "memory") == "1234Ki"))!;
        Assert.Equal(("NodeMetrics", "12345678n", "use-1"), (node.Text("kind"), node.Text("usage", "cpu"), node.Text("metadata", "labels", "kubernetes.io/hostname")));
    }

    [Fact]
    public async Task Lists_are_selected_by_labels_fields_and_namespaces()
    {
        await Create("one", "use-1", "1m", "1Mi", "web");
        await Create("two", "use-2", "2m", "2Mi", "db");
        await Known("one");
        await Known("two");
        Assert.Equal(["one", "two"], await Names(PodMetrics));
        Assert.Equal(["two"], await Names($"{PodMetrics}?labelSelector=app%3Ddb"));
        Assert.Equal(["one"], await Names($"{PodMetrics}?fieldSelector=metadata.name%3Done"));
        Assert.Equal(["one", "two"], await Names($"{Metrics}/pods"));
        Assert.Equal(["one", "two"], await Names($"{Metrics}/pods?fieldSelector=metadata.namespace%3Ddefault"));
        Assert.Equal(["two"], await Names($"{Metrics}/pods?fieldSelector=metadata.name%3Dtwo"));
        Assert.Empty(await Names($"{Metrics}/namespaces/kube-system/pods"));
        Assert.Empty(await Names($"{Metrics}/pods?fieldSelector=metadata.namespace%3Dkube-system"));
        Assert.Equal(HttpStatusCode.BadRequest, (await cluster.Send(HttpMethod.Get, $"{PodMetrics}?fieldSelector=spec.nodeName%3Duse-1")).Code);

        await cluster.Until("both nodes' use", $"{Metrics}/nodes", list => list!["items"]!.AsArray().Count == 2);
        Assert.Equal(["use-1", "use-2"], await Names($"{Metrics}/nodes"));
        Assert.Equal(["use-2"], await Names($"{Metrics}/nodes?labelSelector=kubernetes.io/hostname%3Duse-2"));
        Assert.Equal(["use-1"], await Names($"{Metrics}/nodes?fieldSelector=metadata.name%3Duse-1"));
    }

    [Fact]
    public async Task Tables_have_metrics_servers_columns_and_a_pods_sum()
    {
        await Create("both", "use-1", "100m", "1Mi", "web", """, { "name": "log", "image": "example/log:1" }""");
        await Known("both");
        Assert.Equal("""["Name","cpu","memory","Window"] ["both","200m","2Mi","1s"]""", await Table($"{PodMetrics}/both"));
        await cluster.Until("the node's use", $"{Metrics}/nodes/use-1", found => found.Text("usage", "memory") == "2Mi");
        Assert.Equal("""["Name","cpu","memory","Window"] ["use-1","200m","2Mi","1s"]""", await Table($"{Metrics}/nodes?fieldSelector=metadata.name%3Duse-1"));
    }

    [Fact]
    public async Task What_is_not_known_is_not_found_and_not_listed_and_nothing_can_be_watched_or_written()
    {
        Assert.Equal(HttpStatusCode.Created, (await cluster.Send(HttpMethod.Post, "/api/v1/namespaces/default/pods", HollowNodes.Pod("nowhere", "no-such-node"))).Code);
        Assert.Equal(HttpStatusCode.NotFound, (await cluster.Send(HttpMethod.Get, $"{PodMetrics}/nowhere")).Code);
        Assert.DoesNotContain("nowhere", await Names(PodMetrics));
        Assert.Equal(HttpStatusCode.NotFound, (await cluster.Send(HttpMethod.Get, $"{Metrics}/nodes/no-such-node")).Code);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await cluster.Send(HttpMethod.Get, $"{PodMetrics}?watch=true")).Code);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await cluster.Send(HttpMethod.Post, PodMetrics, "{}")).Code);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await cluster.Send(HttpMethod.Delete, $"{Metrics}/nodes/use-1")).Code);
        await cluster.Send(HttpMethod.Delete, "/api/v1/namespaces/default/pods/nowhere?gracePeriodSeconds=0");
    }

    [Fact]
    public async Task Pod_that_is_gone_has_no_use()
    {
        await Create("brief", "use-1", "1m", "1Mi", "web");
        await Known("brief");
        await cluster.Send(HttpMethod.Delete, "/api/v1/namespaces/default/pods/brief");
        await cluster.Until("the pod to be gone", "/api/v1/namespaces/default/pods/brief", found => found is null);
        Assert.Equal(HttpStatusCode.NotFound, (await cluster.Send(HttpMethod.Get, $"{PodMetrics}/brief")).Code);
    }

    [Fact]
    public async Task Group_is_discovered_and_described_and_kept_from_those_who_may_nothing()
    {
        var resources = (await cluster.Send(HttpMethod.Get, Metrics)).Body["resources"]!.AsArray();
        Assert.Equal(["nodes False get,list", "pods True get,list"], resources.Select(one => $"{one.Text("name")} {one.Flag("namespaced")} {string.Join(',', one.Texts("verbs"))}"));
        var document = (await cluster.Send(HttpMethod.Get, "/openapi/v3/apis/metrics.k8s.io/v1beta1")).Body;
        Assert.Equal("array", document.Text("components", "schemas", "io.k8s.metrics.pkg.apis.metrics.v1beta1.PodMetrics", "properties", "containers", "type"));
        using var nobody = cluster.NewClient();
        Assert.Equal(HttpStatusCode.Forbidden, (await nobody.GetAsync($"{Metrics}/nodes")).StatusCode);
    }

    /// <summary>Makes a pod, and ends it with the test.</summary>
    private async Task Create(string name, string node, string? cpu, string? memory, string app, string more = "")
    {
        _pods.Add(name);
        var annotations = new JsonObject();
        if (cpu is not null) annotations["hollow.actors.io/cpu"] = cpu;
        if (memory is not null) annotations["hollow.actors.io/memory"] = memory;
        var body = $$"""
            { "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "{{name}}", "namespace": "default", "labels": { "app": "{{app}}" }, "annotations": {{annotations.ToJsonString()}} },
              "spec": { "nodeName": "{{node}}", "containers": [{ "name": "main", "image": "example/app:1" }{{more}}] } }
            """;
        Assert.Equal(HttpStatusCode.Created, (await cluster.Send(HttpMethod.Post, "/api/v1/namespaces/default/pods", body)).Code);
    }

    private async Task<JsonObject> Known(string pod) => (await cluster.Until("the pod's use", $"{PodMetrics}/{pod}", found => found is not null))!;

    private async Task<string[]> Names(string path)
    {
        var (code, list) = await cluster.Send(HttpMethod.Get, path);
        Assert.Equal(HttpStatusCode.OK, code);
        return [.. list["items"]!.AsArray().Select(item => item.Text("metadata", "name"))];
    }

    private async Task<string> Table(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.Add(MediaTypeWithQualityHeaderValue.Parse("application/json;as=Table;v=v1;g=meta.k8s.io"));
        using var response = await cluster.Http.SendAsync(request);
        var table = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        var columns = new JsonArray([.. table["columnDefinitions"]!.AsArray().Select(column => (JsonNode)column.Text("name"))]);
        return $"{columns.ToJsonString()} {Assert.Single(table["rows"]!.AsArray())!["cells"]!.ToJsonString()}";
    }
}
