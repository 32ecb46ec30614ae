using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.CommandLine.Clusters;

namespace ControlPlane.CommandLine.Demo;

/// <summary>A pod as the story needs it.</summary>
internal sealed record PodView(string Name, string Uid, string Version, string Node, bool Ready, bool Deleting, int Restarts, string ContainerId, string Image);

/// <summary>A Deployment's numbers.</summary>
internal sealed record DeploymentView(int Replicas, int Updated, int ReadyReplicas, int Available, bool Observed, string ProgressReason);

/// <summary>Reads the demo's objects from the API.</summary>
internal sealed class WorkloadView(ClusterClient client)
{
    private const string Selector = "labelSelector=app%3Dweb";

    /// <summary>The pods of the demo, or none while nobody answers.</summary>
    public async Task<ImmutableArray<PodView>> Pods(CancellationToken stop) => [.. (await Items($"/api/v1/namespaces/default/pods?{Selector}", stop)).Select(Pod)];

    /// <summary>Those that are ready and not being deleted.</summary>
    public async Task<ImmutableArray<PodView>> ReadyPods(CancellationToken stop) => [.. (await Pods(stop)).Where(pod => pod is { Ready: true, Deleting: false })];

    /// <summary>The Deployment, or null while nobody answers.</summary>
    public async Task<DeploymentView?> Deployment(CancellationToken stop)
    {
        if (await client.Get("/apis/apps/v1/namespaces/default/deployments/web", stop) is not { } web) return null;
        var status = web["status"];
        var conditions = status?["conditions"]?.AsArray() ?? [];
        return new DeploymentView(
            Number(status?["replicas"]),
            Number(status?["updatedReplicas"]),
            Number(status?["readyReplicas"]),
            Number(status?["availableReplicas"]),
            Number(status?["observedGeneration"]) >= Number(web["metadata"]?["generation"]),
            Text(conditions.FirstOrDefault(condition => Text(condition?["type"]) == "Progressing")?["reason"]));
    }

    /// <summary>The port every node answers on for the Service.</summary>
    public async Task<int> NodePort(CancellationToken stop) =>
        Number((await client.Get("/api/v1/namespaces/default/services/web", stop))?["spec"]?["ports"]?[0]?["nodePort"]);

    /// <summary>Uid and resourceVersion of everything the demo made and what grew out of it.</summary>
    public async Task<ImmutableSortedDictionary<string, string>> Versions(CancellationToken stop)
    {
        var found = ImmutableSortedDictionary.CreateBuilder<string, string>();
        foreach (var path in new[] { "/apis/apps/v1/deployments", "/apis/apps/v1/replicasets", "/api/v1/pods", "/api/v1/services", "/api/v1/configmaps" })
        {
            foreach (var item in await Items(path, stop))
            {
                var metadata = item?["metadata"];
                found[$"{path[(path.LastIndexOf('/') + 1)..]}/{Text(metadata?["name"])}"] = $"{Text(metadata?["uid"])} at {Text(metadata?["resourceVersion"])}";
            }
        }
        return found.ToImmutable();
    }

    private async Task<JsonArray> Items(string path, CancellationToken stop) => (await client.Get(path, stop))?["items"]?.AsArray() ?? [];

    private static PodView Pod(JsonNode? pod)
    {
        var metadata = pod?["metadata"];
        var conditions = pod?["status"]?["conditions"]?.AsArray() ?? [];
        var container = pod?["status"]?["containerStatuses"]?[0];
        return new PodView(
            Text(metadata?["name"]),
            Text(metadata?["uid"]),
            Text(metadata?["resourceVersion"]),
            Text(pod?["spec"]?["nodeName"]),
            conditions.Any(condition => Text(condition?["type"]) == "Ready" && Text(condition?["status"]) == "True"),
            metadata?["deletionTimestamp"] is not null,
            Number(container?["restartCount"]),
            Text(container?["containerID"]),
            Text(pod?["spec"]?["containers"]?[0]?["image"]));
    }

    private static string Text(JsonNode? node) => (string?)node ?? "";
    private static int Number(JsonNode? node) => (int?)node ?? 0;
}
