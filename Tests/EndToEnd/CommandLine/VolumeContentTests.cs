using Tests.Support;
using Xunit;

namespace Tests.EndToEnd.CommandLine;

/// <summary>What a running container sees of the objects its volumes show, from <c>kubectl</c> to the file.</summary>
[Collection(nameof(TemporaryCluster))]
public sealed class VolumeContentTests
{
    /// <summary>Far below any period at which it could be polled for, were it polled for.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private const string Pod = """
        {
          "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "reader", "labels": { "tier": "front" } },
          "spec": {
            "terminationGracePeriodSeconds": 0,
            "containers": [{
              "name": "c", "image": "demo/busybox:v1",
              "command": ["sh", "-c", "while true; do now=\"must=$(cat /must/a) may=$(cat /may/a 2>/dev/null) word=$(cat /word/a) $(cat /self/labels)\"; [ \"$now\" = \"$last\" ] || echo $now; last=$now; sleep 0.1; done"],
              "volumeMounts": [{ "name": "must", "mountPath": "/must" }, { "name": "may", "mountPath": "/may" }, { "name": "word", "mountPath": "/word" }, { "name": "self", "mountPath": "/self" }]
            }],
            "volumes": [
              { "name": "must", "configMap": { "name": "must" } }, { "name": "may", "configMap": { "name": "may", "optional": true } },
              { "name": "word", "projected": { "sources": [{ "secret": { "name": "word" } }] } },
              { "name": "self", "downwardAPI": { "items": [{ "path": "labels", "fieldRef": { "fieldPath": "metadata.labels" } }] } }
            ]
          }
        }
        """;

    [RootFact]
    public async Task Container_sees_changes_of_what_its_volumes_show()
    {
        await using var cluster = new TemporaryCluster();
        await cluster.Up(1);
        await cluster.Kubectl("create", "configmap", "must", "--from-literal=a=1");
        await cluster.Kubectl("create", "secret", "generic", "word", "--from-literal=a=sesame");
        var file = Path.Combine(cluster.Folder.Path, "reader.json");
        await File.WriteAllTextAsync(file, Pod);
        await cluster.Kubectl("apply", "-f", file);
        await cluster.Kubectl("wait", "--for=condition=Ready", "pod/reader", "--timeout=60s");
        await UntilSeen("must=1 may= word=sesame tier=\"front\"");

        await cluster.Kubectl("patch", "configmap", "must", "-p", """{"data":{"a":"2"}}""");
        await UntilSeen("must=2 may= word=sesame tier=\"front\"");
        await cluster.Kubectl("create", "configmap", "may", "--from-literal=a=3");
        await UntilSeen("must=2 may=3 word=sesame tier=\"front\"");
        await cluster.Kubectl("patch", "configmap", "may", "-p", """{"data":{"a":"4"}}""");
        await UntilSeen("must=2 may=4 word=sesame tier=\"front\"");
        await cluster.Kubectl("delete", "configmap", "may");
        await UntilSeen("must=2 may= word=sesame tier=\"front\"", last: true);
        await cluster.Kubectl("patch", "secret", "word", "-p", """{"stringData":{"a":"open"}}""");
        await UntilSeen("must=2 may= word=open tier=\"front\"");
        await cluster.Kubectl("label", "pod", "reader", "--overwrite", "tier=back");
        await UntilSeen("must=2 may= word=open tier=\"back\"");

        // What must be there and went is shown on, which is told of once, while the others follow.
        await cluster.Kubectl("delete", "configmap", "must");
        await cluster.Kubectl("patch", "secret", "word", "-p", """{"stringData":{"a":"shut"}}""");
        await UntilSeen("must=2 may= word=shut tier=\"back\"");
        await Until("the event", () => cluster.Kubectl("get", "events", "-o", "jsonpath={.items[?(@.reason==\"FailedMount\")].message}"),
            told => told.Contains("MountVolume.SetUp failed for volume \"must\" : configmap \"must\" not found", StringComparison.Ordinal));
        await cluster.Kubectl("create", "configmap", "must", "--from-literal=a=5");
        await UntilSeen("must=5 may= word=shut tier=\"back\"");

        Task UntilSeen(string line, bool last = false) => Until(line, () => cluster.Kubectl("logs", "reader"),
            log => last ? log.TrimEnd().EndsWith(line, StringComparison.Ordinal) : log.Contains(line, StringComparison.Ordinal));
    }

    private static async Task Until(string what, Func<Task<string>> look, Func<string, bool> holds)
    {
        using var limit = new CancellationTokenSource(Patience);
        var seen = "";
        while (!limit.IsCancellationRequested)
        {
            seen = await look();
            if (holds(seen)) return;
            await Task.Delay(TimeSpan.FromMilliseconds(50));
        }
        throw new TimeoutException($"Waited for: {what}. Last seen:\n{seen}");
    }
}
