using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.CommandLine.Clusters;
using Shared.Api;
using Shared.Json;

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
        return new DeploymentView(
            Number(status, "replicas"),
            Number(status, "updatedReplicas"),
            Number(status, "readyReplicas"),
            Number(status, "availableReplicas"),
            Number(status, "observedGeneration") >= Number(web, "metadata", "generation"),
            Conditions.Find(status, "Progressing")?.Reason ?? "");
    }

    /// <summary>The port every node answers on for the Service.</summary>
    public async Task<int> NodePort(CancellationToken stop) =>
        Number((await client.Get("/api/v1/namespaces/default/services/web", stop)).Objects("spec", "ports").FirstOrDefault(), "nodePort");

    /// <summary>Everything the demo made and what grew out of it, by resource and name.</summary>
    public async Task<ImmutableSortedDictionary<string, string>> Objects(CancellationToken stop)
    {
        var found = ImmutableSortedDictionary.CreateBuilder<string, string>();
        foreach (var path in new[] { "/apis/apps/v1/deployments", "/apis/apps/v1/replicasets", "/api/v1/pods", "/api/v1/services", "/api/v1/configmaps" })
        {
            foreach (var item in await Items(path, stop)) found[$"{path[(path.LastIndexOf('/') + 1)..]}/{item.Text("metadata", "name")}"] = item!.ToJsonString();
        }
        return found.ToImmutable();
    }

    /// <summary>An object without its resourceVersion: a write whose fate was not known is followed by another one of the same content.</summary>
    public static string WithoutVersion(string @object)
    {
        var node = JsonNode.Parse(@object);
        node.Child("metadata")!.Remove("resourceVersion");
        return node!.ToJsonString();
    }

    private async Task<IList<JsonNode?>> Items(string path, CancellationToken stop) => (await client.Get(path, stop)).Items("items");

    private static PodView Pod(JsonNode? pod)
    {
        var metadata = pod.Child("metadata");
        var container = pod.Objects("status", "containerStatuses").FirstOrDefault();
        return new PodView(
            metadata.Text("name"),
            metadata.Text("uid"),
            metadata.Text("resourceVersion"),
            pod.Text("spec", "nodeName"),
            Conditions.Holds(pod.At("status"), "Ready"),
            metadata.Has("deletionTimestamp"),
            Number(container, "restartCount"),
            container.Text("containerID"),
            pod.Objects("spec", "containers").FirstOrDefault().Text("image"));
    }

    private static int Number(JsonNode? node, params ReadOnlySpan<string> path) => (int)(node.Number(path) ?? 0);
}
