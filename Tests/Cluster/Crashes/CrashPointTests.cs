using System.Net;
using System.Text.Json.Nodes;
using Shared.Json;
using Tests.Cluster.NodeLink;
using Xunit;

namespace Tests.Cluster.Crashes;

/// <summary>
/// A whole control plane that dies after every few events that it stores of a rollout, a change of scale, a Job and an update of a StatefulSet, again and again until each is
/// through: what comes of it, and every pod that is made and taken away on the way, is what there would have been without.
/// </summary>
[Collection(nameof(Chaos.Lab.OneLabAtATime))]
public sealed class CrashPointTests : HollowNodes
{
    private const string Apps = "/apis/apps/v1/namespaces/default";
    private const string Pods = "/api/v1/namespaces/default/pods";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private int _crashes;

    /// <summary>Every so many events: different ones, so that the points in between are met as well.</summary>
    public static IEnumerable<object[]> InTheSuite => Stories.Select((story, i) => new object[] { story, 3 + (i % 3) });

    /// <summary>After each.</summary>
    public static IEnumerable<object[]> All => Stories.Select(story => new object[] { story, 1 });

    private static string[] Stories => [nameof(Rollout), nameof(Scale), nameof(Job), nameof(StatefulUpdate)];

    [Theory]
    [MemberData(nameof(InTheSuite))]
    public Task Death_after_every_few_events_changes_nothing_of_the_end_and_doubles_no_step(string story, int events) => Tell(story, events);

    [Theory]
    [Trait("Category", "Soak")]
    [MemberData(nameof(All))]
    public Task Death_after_every_event_changes_nothing_of_the_end_and_doubles_no_step(string story, int events) => Tell(story, events);

    private Task Tell(string story, int events) => story switch
    {
        nameof(Rollout) => Rollout(events),
        nameof(Scale) => Scale(events),
        nameof(Job) => Job(events),
        _ => StatefulUpdate(events),
    };

    private async Task Rollout(int events)
    {
        await StartNodes("n", 2);
        await Must(HttpMethod.Post, $"{Apps}/deployments", Deployment(4));
        await UntilDone("the first pods", RolledOut("deployments", 4));
        var made = await Crashing(events, () => Must(HttpMethod.Patch, $"{Apps}/deployments/web", """{ "spec": { "template": { "spec": { "containers": [ { "name": "main", "image": "example/app:2" } ] } } } }"""), RolledOut("deployments", 4));
        Assert.Equal((4, 4), made);
        Assert.All(await Items(Pods), pod => Assert.Equal("example/app:2", pod.Items("spec", "containers")[0].Text("image")));
        Assert.Equal(["0", "4"], (await Items($"{Apps}/replicasets")).Select(set => set.Any("spec", "replicas")).Order());
    }

    private async Task Scale(int events)
    {
        await StartNodes("n", 2);
        await Must(HttpMethod.Post, $"{Apps}/deployments", Deployment(2));
        await UntilDone("the first pods", RolledOut("deployments", 2));
        Assert.Equal((5, 0), await Crashing(events, () => Must(HttpMethod.Patch, $"{Apps}/deployments/web", """{ "spec": { "replicas": 7 } }"""), RolledOut("deployments", 7)));
        Assert.Equal((0, 6), await Crashing(events, () => Must(HttpMethod.Patch, $"{Apps}/deployments/web", """{ "spec": { "replicas": 1 } }"""), RolledOut("deployments", 1)));
    }

    private async Task Job(int events)
    {
        await StartNodes("n", 2);
        var made = await Crashing(events, () => Must(HttpMethod.Post, "/apis/batch/v1/namespaces/default/jobs", """
            { "apiVersion": "batch/v1", "kind": "Job", "metadata": { "name": "work" },
              "spec": { "completionMode": "Indexed", "completions": 6, "parallelism": 2, "template": { "spec": { "restartPolicy": "Never", "containers": [ { "name": "c", "image": "i" } ] } } } }
            """), async () => Condition(await Get("/apis/batch/v1/namespaces/default/jobs/work"), "Complete") == "True");
        Assert.Equal((6, 0), made);
        var status = (await Get("/apis/batch/v1/namespaces/default/jobs/work"))!["status"];
        Assert.Equal("6 0-5", $"{status.Any("succeeded")} {status.Text("completedIndexes")}");
        Assert.Equal(6, (await Items(Pods)).Select(pod => pod.Text("metadata", "annotations", "batch.kubernetes.io/job-completion-index")).Distinct().Count());
    }

    private async Task StatefulUpdate(int events)
    {
        await StartNodes("n", 2);
        await Must(HttpMethod.Post, $"{Apps}/statefulsets", """
            { "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": { "name": "store" },
              "spec": { "serviceName": "store", "replicas": 3, "selector": { "matchLabels": { "app": "store" } },
                "template": { "metadata": { "labels": { "app": "store" } }, "spec": { "containers": [ { "name": "c", "image": "one" } ] } } } }
            """);
        await UntilDone("the first pods", RolledOut("statefulsets", 3, "store"));
        var made = await Crashing(events, () => Must(HttpMethod.Patch, $"{Apps}/statefulsets/store", """{ "spec": { "template": { "spec": { "containers": [ { "name": "c", "image": "two" } ] } } } }"""), RolledOut("statefulsets", 3, "store"));
        Assert.Equal((3, 3), made);
        Assert.Equal(["store-0 two", "store-1 two", "store-2 two"], (await Items(Pods)).Select(pod => $"{pod.Text("metadata", "name")} {pod.Items("spec", "containers")[0].Text("image")}"));
    }

    /// <summary>Makes a change, with a death after every so many events until it is through, and counts the pods that were made and that went.</summary>
    private async Task<(int Made, int Gone)> Crashing(int events, Func<Task> change, Func<Task<bool>> done)
    {
        var from = (await Get(Pods)).Text("metadata", "resourceVersion");
        using var journal = new FrozenJournal(Options.DataDirectory);
        journal.FreezeAfter(events);
        await change();
        while (!await Through(journal, done))
        {
            _crashes++;
            await Restart(() =>
            {
                journal.FreezeAfter(events);
                return Task.CompletedTask;
            });
        }
        journal.Thaw();
        Assert.True(_crashes > 1, "nothing died");
        return await Count(from);
    }

    /// <summary>Waits until the change is through, or nothing is stored any more.</summary>
    private static async Task<bool> Through(FrozenJournal journal, Func<Task<bool>> done)
    {
        using var bound = new CancellationTokenSource(Patience);
        while (!journal.IsFrozen)
        {
            if (await done()) return true;
            Assert.False(bound.IsCancellationRequested, $"neither through nor frozen; {journal.Counted} events");
            await Task.Delay(5);
        }
        return false;
    }

    private async Task UntilDone(string phase, Func<Task<bool>> done) => await Support.ControlPlaneMembers.Until(phase, done);

    private Func<Task<bool>> RolledOut(string resource, int replicas, string name = "web") => async () =>
    {
        var item = await Get($"{Apps}/{resource}/{name}");
        var status = item?["status"];
        return status.Number("observedGeneration") == item.Number("metadata", "generation") && status.Number("replicas") == replicas && status.Number("updatedReplicas") == replicas
            && status.Number("availableReplicas") == replicas && (await Items(Pods)).Count(pod => pod.At("metadata", "deletionTimestamp") is null) == replicas && (await Items(Pods)).Length == replicas;
    };

    private async Task<(int Made, int Gone)> Count(string from)
    {
        var text = await Http.GetStringAsync($"{Pods}?watch=1&resourceVersion={from}&timeoutSeconds=1");
        var types = text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line).Text("type")).ToArray();
        Assert.DoesNotContain("ERROR", types);
        return (types.Count(type => type == "ADDED"), types.Count(type => type == "DELETED"));
    }

    private async Task<JsonNode[]> Items(string path) => [.. (await Get(path)).Items("items").Select(item => item!)];

    private async Task Must(HttpMethod method, string path, string body)
    {
        var (code, answer) = await Send(method, path, body, method == HttpMethod.Patch ? "application/strategic-merge-patch+json" : "application/json");
        Assert.True(code is HttpStatusCode.OK or HttpStatusCode.Created, answer.ToJsonString());
    }
}
