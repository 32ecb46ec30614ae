using System.Net;
using System.Text.Json.Nodes;
using Tests.Support;
using Xunit;

namespace Tests.Cluster.Networking;

/// <summary>Services, scheduling and endpoints together, as a client of a running control plane sees them.</summary>
public sealed class ServiceTests(ControlPlaneFixture cluster) : IClassFixture<ControlPlaneFixture>
{
    private const string Services = "/api/v1/namespaces/default/services";
    private const string Pods = "/api/v1/namespaces/default/pods";
    private const string Slices = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices";

    private async Task<JsonObject> Done(HttpMethod method, string path, string? body = null, string contentType = "application/json")
    {
        var (code, answer) = await cluster.Send(method, path, body, contentType);
        Assert.True(code is HttpStatusCode.OK or HttpStatusCode.Created, answer.ToJsonString());
        return answer;
    }

    /// <summary>Reads until what is read meets a condition, within a bound.</summary>
    private async Task<JsonObject> Until(string path, string phase, Func<JsonObject, bool> holds)
    {
        using var bound = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (true)
        {
            var (_, answer) = await cluster.Send(HttpMethod.Get, path);
            if (holds(answer)) return answer;
            Assert.False(bound.IsCancellationRequested, $"{phase}: {answer.ToJsonString()}");
            await Task.Yield();
        }
    }

    private static string Service(string name, string extra = "") =>
        $$$"""{"apiVersion":"v1","kind":"Service","metadata":{"name":"{{{name}}}"},"spec":{"selector":{"app":"{{{name}}}"},{{{extra}}}"ports":[{"port":80,"targetPort":8080}]}}""";

    [Fact]
    public async Task Service_is_answered_with_its_address_and_ports()
    {
        var created = await Done(HttpMethod.Post, Services, Service("answered", "\"type\":\"NodePort\","));
        Assert.StartsWith("10.96.", created["spec"]!["clusterIP"]!.ToString());
        Assert.InRange((int)created["spec"]!["ports"]![0]!["nodePort"]!, 30000, 32767);
        var patched = await Done(HttpMethod.Patch, $"{Services}/answered", """{"spec":{"type":"ClusterIP"}}""", "application/strategic-merge-patch+json");
        Assert.Null(patched["spec"]!["ports"]![0]!["nodePort"]);
        Assert.Equal(created["spec"]!["clusterIP"]!.ToString(), patched["spec"]!["clusterIP"]!.ToString());
        await Done(HttpMethod.Delete, $"{Services}/answered");
        var (code, _) = await cluster.Send(HttpMethod.Get, $"/apis/networking.k8s.io/v1/ipaddresses/{created["spec"]!["clusterIP"]}");
        Assert.Equal(HttpStatusCode.NotFound, code);
    }

    [Fact]
    public async Task Api_server_has_the_first_address()
    {
        var service = await Done(HttpMethod.Get, $"{Services}/kubernetes");
        Assert.Equal("10.96.0.1", service["spec"]!["clusterIP"]!.ToString());
        var slice = await Done(HttpMethod.Get, $"{Slices}/kubernetes");
        Assert.Equal(cluster.Options.Port, (int)slice["ports"]![0]!["port"]!);
    }

    [Fact]
    public async Task Pod_is_placed_listed_when_ready_and_taken_out_when_it_goes()
    {
        await Done(HttpMethod.Post, Services, Service("web"));
        var pod = """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web-1","labels":{"app":"web"}},"spec":{"containers":[{"name":"c","image":"i","resources":{"requests":{"cpu":"100m"}}}]}}""";
        await Done(HttpMethod.Post, Pods, pod);
        var waiting = await Until($"{Pods}/web-1", "the pod says why it waits", read => Condition(read, "PodScheduled") is not null);
        Assert.Equal(("Unschedulable", "no nodes available to schedule pods"), (Condition(waiting, "PodScheduled")!["reason"]!.ToString(), Condition(waiting, "PodScheduled")!["message"]!.ToString()));
        await Done(HttpMethod.Post, "/api/v1/nodes", """
            {"apiVersion":"v1","kind":"Node","metadata":{"name":"n1"},"status":{"allocatable":{"cpu":"4","memory":"8Gi","pods":"110"},"conditions":[{"type":"Ready","status":"True"}]}}
            """);
        await Until($"{Pods}/web-1", "the pod is bound", read => read["spec"]!["nodeName"]?.ToString() == "n1");
        await Done(
            HttpMethod.Patch, $"{Pods}/web-1/status",
            """{"status":{"phase":"Running","podIP":"10.244.0.5","podIPs":[{"ip":"10.244.0.5"}],"conditions":[{"type":"Ready","status":"True"}]}}""", "application/merge-patch+json");
        const string mine = $"{Slices}?labelSelector=kubernetes.io/service-name=web";
        await Until(mine, "the pod is listed as ready", read => First(First(read["items"])?["endpoints"])?["conditions"]?["ready"]?.GetValue<bool>() == true);
        var endpoints = await Until("/api/v1/namespaces/default/endpoints/web", "Endpoints list the pod", read => First(read["subsets"])?["addresses"] is not null);
        Assert.Equal("10.244.0.5", endpoints["subsets"]![0]!["addresses"]![0]!["ip"]!.ToString());
        await Done(HttpMethod.Delete, $"{Pods}/web-1");
        await Until(mine, "the pod is listed as terminating", read =>
            First(First(read["items"])?["endpoints"])?["conditions"] is { } conditions && conditions["terminating"]!.GetValue<bool>() && !conditions["ready"]!.GetValue<bool>());
    }

    private static JsonNode? First(JsonNode? list) => list is JsonArray { Count: > 0 } items ? items[0] : null;

    private static JsonObject? Condition(JsonObject pod, string type) =>
        (pod["status"]?["conditions"] as JsonArray)?.OfType<JsonObject>().FirstOrDefault(condition => condition["type"]!.ToString() == type);
}
