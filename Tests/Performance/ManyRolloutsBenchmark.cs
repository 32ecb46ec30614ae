using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json;
using ControlPlane.Access.Pki;
using ControlPlane.CommandLine;
using ControlPlane.CommandLine.Clusters;
using Shared.Json;
using Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace Tests.Performance;

/// <summary>
/// Thousands of Deployments on hollow nodes, as processes: made, rolled out anew all at once, and left alone. Asserts that all came to their end, never how long it took.
/// </summary>
[Trait("Category", "Performance")]
[Collection(nameof(AloneOnTheMachine))]
public sealed class ManyRolloutsBenchmark(ITestOutputHelper output)
{
    private const int Replicas = 5;
    private const string Deployments = "/apis/apps/v1/namespaces/default/deployments";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(30);
    private readonly FigureTable _figures = new(output);

    [Fact]
    public async Task Deployments_are_made_rolled_out_and_left_alone()
    {
        var count = FigureTable.Scaled(2000);
        var folder = new ClusterFolder(Directory.CreateTempSubdirectory("actors-bench-").FullName);
        try
        {
            var cluster = await UpCommand.Up(folder, new ClusterWish(Math.Max(2, count * 3 / 40), ControlPlaneFixture.FreePorts(1)[0], Runtime: ClusterRuntime.Hollow), _ => { }, CancellationToken.None);
            using var http = ControlPlaneFixture.NewClient(ClusterPki.Ensure(folder.Path, new PkiOptions(), TimeProvider.System), new() { DataDirectory = folder.Path, Port = cluster.Description.Port });
            await Step(folder, $"{count} Deployments of {Replicas} made, until all pods are available", count, http, i => http.PostAsync(Deployments, Body(Made(i), "application/json")));
            await Step(folder, $"{count} Deployments of {Replicas}: another image, until all are rolled out", count, http, i => http.PatchAsync($"{Deployments}/d-{i}", Body(Image("two"), "application/strategic-merge-patch+json")));
            foreach (var when in (string[])["just after that", "a minute later", "two minutes later"])
            {
                var before = Spent(folder);
                await Task.Delay(Rest);
                var (plane, nodes) = (Spent(folder).Plane - before.Plane, Spent(folder).Nodes - before.Nodes);
                _figures.Add($"idle with {count * Replicas} pods, {when}", $"{plane / Rest:P1} of a core for the control plane, {nodes / Rest:P1} for all nodes' agents", "< 5 %");
                await Task.Delay(TimeSpan.FromMinutes(1) - Rest);
            }
        }
        finally
        {
            await DownCommand.Down(folder, CancellationToken.None);
            Directory.Delete(folder.Path, recursive: true);
        }
    }

    private async Task Step(ClusterFolder folder, string work, int count, HttpClient http, Func<int, Task<HttpResponseMessage>> send)
    {
        var (before, started) = (Spent(folder), Stopwatch.GetTimestamp());
        await Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (i, _) =>
        {
            using var answer = await send(i);
            answer.EnsureSuccessStatusCode();
        });
        var sent = Stopwatch.GetElapsedTime(started);
        while (await Unfinished(http) is > 0 and var left)
        {
            if (Stopwatch.GetElapsedTime(started) > Patience) throw new TimeoutException($"{work}: {left} are not done after {Patience}");
            await Task.Delay(500);
        }
        var (took, plane) = (Stopwatch.GetElapsedTime(started), Spent(folder).Plane - before.Plane);
        _figures.Add(work, $"{took.TotalSeconds:0.0} s (asked for after {sent.TotalSeconds:0.0})", cost: FormattableString.Invariant($"{plane.TotalMilliseconds / count:0.0} ms CPU a Deployment"));
    }

    private static async Task<int> Unfinished(HttpClient http)
    {
        await using var stream = await http.GetStreamAsync(Deployments);
        using var list = await JsonDocument.ParseAsync(stream);
        return list.RootElement.GetProperty("items").EnumerateArray().Count(item =>
        {
            var status = item.At("status");
            return status.Int("availableReplicas") != Replicas || status.Int("updatedReplicas") != Replicas || status.Int("replicas") != Replicas
                || status.Number("observedGeneration") != item.Number("metadata", "generation");
        });
    }

    private static (TimeSpan Plane, TimeSpan Nodes) Spent(ClusterFolder folder)
    {
        return (Of(ClusterProcesses.Member(folder.Load()!, folder.Load()!.ControlPlanes[0])), Of(ClusterProcesses.HollowNodes));

        TimeSpan Of(string name)
        {
            using var process = Process.GetProcessById(new BackgroundProcess(folder, name).Running!.Value.Pid);
            return process.TotalProcessorTime;
        }
    }

    private static StringContent Body(string json, string type) => new(json, new MediaTypeHeaderValue(type));

    private static string Made(int i) => $$"""
        { "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "d-{{i}}" },
          "spec": { "replicas": {{Replicas}}, "selector": { "matchLabels": { "app": "d-{{i}}" } },
            "template": { "metadata": { "labels": { "app": "d-{{i}}" } }, "spec": { "terminationGracePeriodSeconds": 0, "containers": [ { "name": "c", "image": "one", "resources": { "requests": { "cpu": "10m" } } } ] } } } }
        """;

    private static string Image(string image) => $$"""{ "spec": { "template": { "spec": { "containers": [ { "name": "c", "image": "{{image}}" } ] } } } }""";
}
