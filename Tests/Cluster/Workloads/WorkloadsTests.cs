using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using Tests.Support;
using Xunit;

namespace Tests.Cluster.Workloads;

/// <summary>Deployments, Jobs, ownership, namespaces and events through the API of a whole control plane, with the test as the node.</summary>
public sealed class WorkloadsTests(ControlPlaneFixture cluster) : IClassFixture<ControlPlaneFixture>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Deployment_is_rolled_out_rolled_back_and_collected()
    {
        var space = await NewNamespace();
        var path = $"/apis/apps/v1/namespaces/{space}/deployments";
        await Must(HttpMethod.Post, path, Deployment("v1"));
        await UntilRolledOut(space);
        await Must(HttpMethod.Patch, $"{path}/web", Image("v2"), "application/merge-patch+json");
        await UntilRolledOut(space);
        Assert.All(await Items($"/api/v1/namespaces/{space}/pods"), pod => Assert.Equal("v2", (string?)pod["spec"]!["containers"]![0]!["image"]));
        await Must(HttpMethod.Patch, $"{path}/web", Image("v1"), "application/merge-patch+json");
        var deployment = await UntilRolledOut(space);
        Assert.Equal("3", (string?)deployment["metadata"]!["annotations"]!["deployment.kubernetes.io/revision"]);
        Assert.Equal(2, (await Items($"/apis/apps/v1/namespaces/{space}/replicasets")).Length);
        await Until("events tell of it", async () =>
        {
            var reasons = (await Items($"/api/v1/namespaces/{space}/events")).Select(found => (string?)found["reason"]).ToHashSet();
            return reasons.Contains("ScalingReplicaSet") && reasons.Contains("SuccessfulCreate") && reasons.Contains("SuccessfulDelete");
        });
        await Must(HttpMethod.Delete, $"{path}/web");
        await Until("sets and pods are collected", async () =>
            (await Items($"/apis/apps/v1/namespaces/{space}/replicasets")).Length == 0 && (await Items($"/api/v1/namespaces/{space}/pods")).Length == 0);
    }

    [Fact]
    public async Task Pod_that_matches_a_replica_set_is_adopted_and_one_orphaned_is_let_go()
    {
        var space = await NewNamespace();
        await Must(HttpMethod.Post, $"/api/v1/namespaces/{space}/pods", """
            { "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "stray", "labels": { "app": "web" } }, "spec": { "containers": [ { "name": "c", "image": "i" } ] } }
            """);
        await Must(HttpMethod.Post, $"/apis/apps/v1/namespaces/{space}/replicasets", """
            { "apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": { "name": "web" }, "spec": { "replicas": 2, "selector": { "matchLabels": { "app": "web" } },
              "template": { "metadata": { "labels": { "app": "web" } }, "spec": { "containers": [ { "name": "c", "image": "i" } ] } } } }
            """);
        await Until("two pods are owned", async () => (await Items($"/api/v1/namespaces/{space}/pods")).Count(IsOwned) == 2);
        Assert.Equal(2, (await Items($"/api/v1/namespaces/{space}/pods")).Length);
        await Must(HttpMethod.Delete, $"/apis/apps/v1/namespaces/{space}/replicasets/web", """{ "apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Orphan" }""");
        await Until("the set is gone", async () => (await Items($"/apis/apps/v1/namespaces/{space}/replicasets")).Length == 0);
        var pods = await Items($"/api/v1/namespaces/{space}/pods");
        Assert.Equal(2, pods.Length);
        Assert.DoesNotContain(pods, IsOwned);
    }

    [Fact]
    public async Task Namespace_has_its_furniture_and_takes_all_with_it()
    {
        var space = await NewNamespace();
        await Until("the account and the authority are there", async () =>
            (await cluster.Send(HttpMethod.Get, $"/api/v1/namespaces/{space}/serviceaccounts/default")).Code == HttpStatusCode.OK
            && (await cluster.Send(HttpMethod.Get, $"/api/v1/namespaces/{space}/configmaps/kube-root-ca.crt")).Code == HttpStatusCode.OK);
        await Must(HttpMethod.Post, $"/apis/apps/v1/namespaces/{space}/deployments", Deployment("v1"));
        await Until("there are pods", async () => (await Items($"/api/v1/namespaces/{space}/pods")).Length == 3);
        await Must(HttpMethod.Delete, $"/api/v1/namespaces/{space}");
        await Until("the namespace is gone", async () => (await cluster.Send(HttpMethod.Get, $"/api/v1/namespaces/{space}")).Code == HttpStatusCode.NotFound);
        foreach (var rest in new[] { "/api/v1/namespaces/{0}/pods", "/api/v1/namespaces/{0}/configmaps", "/apis/apps/v1/namespaces/{0}/replicasets", "/apis/apps/v1/namespaces/{0}/deployments" })
        {
            Assert.Empty(await Items(string.Format(System.Globalization.CultureInfo.InvariantCulture, rest, space)));
        }
    }

    [Fact]
    public async Task Job_runs_to_its_end_and_its_pods_go_with_it_even_uncounted()
    {
        var space = await NewNamespace();
        var path = $"/apis/batch/v1/namespaces/{space}/jobs";
        await Must(HttpMethod.Post, path, Job("done", 2));
        await Until("the job is complete", async () =>
        {
            foreach (var pod in await Items($"/api/v1/namespaces/{space}/pods"))
            {
                await cluster.Send(HttpMethod.Patch, $"/api/v1/namespaces/{space}/pods/{(string?)pod["metadata"]!["name"]}/status", """{ "status": { "phase": "Succeeded" } }""", "application/merge-patch+json");
            }
            var status = (await cluster.Send(HttpMethod.Get, $"{path}/done")).Body["status"];
            return status?["conditions"]?.AsArray().Any(condition => (string?)condition!["type"] == "Complete") == true;
        });
        Assert.Equal(2, (int)(await cluster.Send(HttpMethod.Get, $"{path}/done")).Body["status"]!["succeeded"]!);
        await Must(HttpMethod.Post, path, Job("broken-off", 3));
        await Until("its pods run", async () => (await Items($"/api/v1/namespaces/{space}/pods")).Length == 5);
        await Must(HttpMethod.Delete, $"{path}/broken-off");
        await Must(HttpMethod.Delete, $"{path}/done", """{ "apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Foreground" }""");
        await Until("jobs and pods are gone", async () => (await Items(path)).Length == 0 && (await Items($"/api/v1/namespaces/{space}/pods")).Length == 0);
    }

    [Fact]
    public async Task Cron_job_makes_its_job_and_takes_it_with_it()
    {
        var space = await NewNamespace();
        await Must(HttpMethod.Post, $"/apis/batch/v1/namespaces/{space}/cronjobs", """
            { "apiVersion": "batch/v1", "kind": "CronJob", "metadata": { "name": "tick" }, "spec": { "schedule": "@every 1s", "concurrencyPolicy": "Forbid",
              "jobTemplate": { "spec": { "template": { "spec": { "restartPolicy": "Never", "containers": [ { "name": "c", "image": "i" } ] } } } } } }
            """);
        await Until("there is a job, and it is stored that there is", async () =>
            (await Items($"/apis/batch/v1/namespaces/{space}/jobs")) is [var job] && job["metadata"]!["finalizers"] is null
            && (await cluster.Send(HttpMethod.Get, $"/apis/batch/v1/namespaces/{space}/cronjobs/tick")).Body["status"] is { } status && status["lastScheduleTime"] is not null
            && (string?)status["active"]?[0]?["uid"] == (string?)job["metadata"]!["uid"]);
        await Must(HttpMethod.Delete, $"/apis/batch/v1/namespaces/{space}/cronjobs/tick");
        await Until("job and pod are gone", async () => (await Items($"/apis/batch/v1/namespaces/{space}/jobs")).Length == 0 && (await Items($"/api/v1/namespaces/{space}/pods")).Length == 0);
    }

    private static string Job(string name, int pods) => new JsonObject
    {
        ["apiVersion"] = "batch/v1",
        ["kind"] = "Job",
        ["metadata"] = new JsonObject { ["name"] = name },
        ["spec"] = new JsonObject
        {
            ["completions"] = pods,
            ["parallelism"] = pods,
            ["template"] = JsonNode.Parse("""{ "spec": { "restartPolicy": "Never", "containers": [ { "name": "c", "image": "i" } ] } }"""),
        },
    }.ToJsonString();

    private async Task<JsonObject> UntilRolledOut(string space)
    {
        JsonObject deployment = [];
        await Until("the rollout is complete", async () =>
        {
            await RunPods(space);
            deployment = (await cluster.Send(HttpMethod.Get, $"/apis/apps/v1/namespaces/{space}/deployments/web")).Body;
            var (status, wanted) = (deployment["status"]?.AsObject() ?? [], (int)deployment["spec"]!["replicas"]!);
            return (long?)status["observedGeneration"] >= (long)deployment["metadata"]!["generation"]!
                && (int?)status["updatedReplicas"] == wanted && (int?)status["replicas"] == wanted && (int?)status["availableReplicas"] == wanted;
        });
        return deployment;
    }

    private async Task RunPods(string space)
    {
        foreach (var pod in (await Items($"/api/v1/namespaces/{space}/pods")).Where(pod => (string?)pod["status"]?["phase"] != "Running"))
        {
            await cluster.Send(HttpMethod.Patch, $"/api/v1/namespaces/{space}/pods/{(string?)pod["metadata"]!["name"]}/status", """
                { "status": { "phase": "Running", "conditions": [ { "type": "Ready", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z" } ] } }
                """, "application/merge-patch+json");
        }
    }

    private async Task<string> NewNamespace()
    {
        var name = $"space-{Guid.NewGuid():n}";
        await Must(HttpMethod.Post, "/api/v1/namespaces", $$"""{ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "{{name}}" } }""");
        return name;
    }

    private static string Deployment(string image) => $$"""
        { "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "web" }, "spec": { "replicas": 3, "selector": { "matchLabels": { "app": "web" } },
          "template": { "metadata": { "labels": { "app": "web" } }, "spec": { "containers": [ { "name": "c", "image": "{{image}}" } ] } } } }
        """;

    private static string Image(string image) => $$"""{ "spec": { "template": { "spec": { "containers": [ { "name": "c", "image": "{{image}}" } ] } } } }""";

    private static bool IsOwned(JsonObject found) => found["metadata"]!["ownerReferences"] is JsonArray { Count: > 0 };

    private async Task<JsonObject[]> Items(string path) => [.. ((await Must(HttpMethod.Get, path))["items"] as JsonArray ?? []).Select(item => item!.AsObject())];

    private async Task<JsonObject> Must(HttpMethod method, string path, string? body = null, string contentType = "application/json")
    {
        var (code, answer) = await cluster.Send(method, path, body, contentType);
        Assert.True((int)code < 300, $"{method} {path}: {code}: {answer["message"]}");
        return answer;
    }

    private static async Task Until(string phase, Func<Task<bool>> reached)
    {
        var waited = Stopwatch.StartNew();
        while (!await reached())
        {
            if (waited.Elapsed > Patience) Assert.Fail($"Not reached within {Patience.TotalSeconds:0} s: {phase}.");
            await Task.Delay(20);
        }
    }
}
