using System.Globalization;
using System.Text.Json.Nodes;
using ControlPlane.CommandLine.Clusters;
using Tests.Support;
using Xunit;

namespace Tests.EndToEnd.CommandLine;

/// <summary>Work that ends and work that comes again, with the real kubectl on real containers.</summary>
[Collection(nameof(TemporaryCluster))]
public sealed class BatchTests
{
    [RootFact]
    public async Task Jobs_run_to_their_end_and_cron_jobs_make_them()
    {
        await using var cluster = new TemporaryCluster();
        await cluster.Up(2);
        await cluster.Kubectl("apply", "-f", Checkout.Path("examples", "batch.yaml"));
        await cluster.Kubectl("wait", "--for=condition=Complete", "job/numbers", "--timeout=90s");
        Assert.Contains("3/3", await cluster.Kubectl("get", "job", "numbers"), StringComparison.Ordinal);
        Assert.Equal("0-2 3", await cluster.Kubectl("get", "job", "numbers", "-o", "jsonpath={.status.completedIndexes} {.status.succeeded}"));
        Assert.Equal("number 1 on numbers-1", (await cluster.Kubectl("logs", "-l", "job-name=numbers,batch.kubernetes.io/job-completion-index=1")).Trim());
        Assert.Contains("Job completed", await cluster.Kubectl("describe", "job", "numbers"), StringComparison.Ordinal);
        await cluster.Kubectl("delete", "job", "numbers", "--timeout=60s");
        await Until(cluster, "the pods are gone with the job", answer => answer.Length == 0, "get", "pods", "-o", "name");

        // Its pods run, and nobody will count them.
        await cluster.Kubectl("create", "job", "endless", "--image=demo/busybox:v1", "--", "sh", "-c", "trap 'exit 0' TERM; sleep 1000000 & wait");
        await Until(cluster, "the pod runs", answer => answer == "Running", "get", "pods", "-o", "jsonpath={.items[*].status.phase}");
        await cluster.Kubectl("delete", "job", "endless", "--timeout=60s");
        await Until(cluster, "the pod is gone with the job", answer => answer.Length == 0, "get", "pods", "-o", "name");

        await cluster.Kubectl("apply", "-f", Checkout.Path("examples", "cron.yaml"));
        await cluster.Kubectl("patch", "cronjob", "report", "-p", """{"spec":{"suspend":true}}""");
        Assert.Contains("Europe/Berlin", await cluster.Kubectl("get", "cronjob", "report"), StringComparison.Ordinal);
        await cluster.Kubectl("create", "job", "now", "--from=cronjob/report");
        await cluster.Kubectl("wait", "--for=condition=Complete", "job/now", "--timeout=60s");
        Assert.StartsWith("it is ", await cluster.Kubectl("logs", "job/now"), StringComparison.Ordinal);
        await cluster.Kubectl("patch", "cronjob", "report", "-p", """{"spec":{"suspend":false,"schedule":"@every 1s"}}""");
        await Until(cluster, "a job of the schedule is complete", answer => answer.Length > 0, "get", "cronjob", "report", "-o", "jsonpath={.status.lastSuccessfulTime}{.status.lastScheduleTime}");
        await Until(cluster, "the job is there", answer => answer.Contains("job.batch/report-", StringComparison.Ordinal), "get", "jobs", "-o", "name");
        await cluster.Kubectl("delete", "cronjob", "report", "--timeout=60s");
        await Until(cluster, "the jobs and pods are gone with the cron job", answer => answer.Length == 0, "get", "jobs,pods", "-o", "name");
    }

    [RootFact]
    public async Task Jobs_count_every_pod_once_while_members_are_killed()
    {
        await using var cluster = new TemporaryCluster();
        await cluster.Up(2, ClusterRuntime.Hollow, 3);
        var file = Path.Combine(cluster.Folder.Path, "many.json");
        await File.WriteAllTextAsync(file, Many("NonIndexed", "Indexed"));
        await cluster.Kubectl("apply", "-f", file);
        foreach (var (member, counted) in new[] { ("control-plane-1", 20), ("control-plane-2", 100) })
        {
            await Until(cluster, $"{counted} pods are counted", answer => answer.Length > 0 && int.Parse(answer, CultureInfo.InvariantCulture) >= counted, "get", "job", "indexed", "-o", "jsonpath={.status.succeeded}");
            Signals.SendKill(new BackgroundProcess(cluster.Folder, member).Running!.Value);
            await cluster.Up(2, ClusterRuntime.Hollow);
        }
        await cluster.Kubectl("wait", "--for=condition=Complete", "job/nonindexed", "job/indexed", "--timeout=120s");
        Assert.Equal("200 0-199", await cluster.Kubectl("get", "job", "indexed", "-o", "jsonpath={.status.succeeded} {.status.completedIndexes}"));
        Assert.Equal("200", await cluster.Kubectl("get", "job", "nonindexed", "-o", "jsonpath={.status.succeeded}"));
        foreach (var job in new[] { "nonindexed", "indexed" })
        {
            var ended = await cluster.Kubectl("get", "pods", "-l", $"job-name={job}", "--field-selector", "status.phase=Succeeded", "-o", "jsonpath={range .items[*]}{.metadata.finalizers}{\"|\"}{end}");
            Assert.Equal(string.Concat(Enumerable.Repeat("|", 200)), ended);
        }
    }

    private static string Many(params string[] modes) => new JsonObject
    {
        ["apiVersion"] = "v1",
        ["kind"] = "List",
        ["items"] = new JsonArray(
        [
            .. modes.Select(mode => JsonNode.Parse($$"""
                { "apiVersion": "batch/v1", "kind": "Job", "metadata": { "name": "{{mode.ToLowerInvariant()}}" }, "spec": { "completionMode": "{{mode}}", "completions": 200, "parallelism": 15,
                  "template": { "spec": { "restartPolicy": "Never", "containers": [ { "name": "c", "image": "i" } ] } } } }
                """)),
        ]),
    }.ToJsonString();

    /// <summary>Asks kubectl until it answers what is expected, within a bound.</summary>
    private static async Task Until(TemporaryCluster cluster, string phase, Func<string, bool> holds, params string[] arguments)
    {
        using var bound = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            var answer = (await cluster.Kubectl(arguments)).Trim();
            if (holds(answer)) return;
            Assert.False(bound.IsCancellationRequested, $"{phase}: kubectl answers '{answer}'");
        }
    }
}
