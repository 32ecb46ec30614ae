using System.Text.Json;
using k8s;
using k8s.Models;

namespace WebsiteOperator;

/// <summary>What the operator asks of the API: reading by lists and watches, writing by server-side apply.</summary>
public sealed class WebsiteApi(IKubernetes client)
{
    /// <summary>A watch is asked for anew after so many seconds, so that a connection that is dead without a word costs no more than that.</summary>
    private const int WatchSeconds = 300;

    private const string Ours = $"{DesiredObjects.ManagedBy}={DesiredObjects.Operator}";

    public Reflector<Website> Websites(Action<Website> changed) => new(
        async stop =>
        {
            using var answer = await client.CustomObjects.ListClusterCustomObjectWithHttpMessagesAsync<WebsiteList>(Website.Group, Website.Version, Website.Plural, cancellationToken: stop);
            return (answer.Body.Items, answer.Body.Metadata.ResourceVersion);
        },
        (version, failed, stop) => client.CustomObjects.WatchListClusterCustomObjectAsync(Website.Group, Website.Version, Website.Plural,
                allowWatchBookmarks: true, resourceVersion: version, timeoutSeconds: WatchSeconds, onError: failed, cancellationToken: stop)
            .Select(change => (change.Item1, KubernetesJson.Deserialize<Website>((JsonElement)change.Item2))),
        changed);

    public Reflector<V1Deployment> Deployments(Action<V1Deployment> changed) => new(
        async stop =>
        {
            var found = await client.AppsV1.ListDeploymentForAllNamespacesAsync(labelSelector: Ours, cancellationToken: stop);
            return (found.Items, found.Metadata.ResourceVersion);
        },
        (version, failed, stop) => client.AppsV1.WatchListDeploymentForAllNamespacesAsync(labelSelector: Ours,
            allowWatchBookmarks: true, resourceVersion: version, timeoutSeconds: WatchSeconds, onError: failed, cancellationToken: stop),
        changed);

    public Task<V1Deployment> Apply(V1Deployment deployment, CancellationToken stop) =>
        client.AppsV1.PatchNamespacedDeploymentAsync(AsApply(deployment), deployment.Name(), deployment.Namespace(), fieldManager: DesiredObjects.Operator, force: true, cancellationToken: stop);

    public Task Apply(V1Service service, CancellationToken stop) =>
        client.CoreV1.PatchNamespacedServiceAsync(AsApply(service), service.Name(), service.Namespace(), fieldManager: DesiredObjects.Operator, force: true, cancellationToken: stop);

    /// <summary>Writes or takes away a Website's line of the directory. Each has a manager of its own, so that all of them share the ConfigMap without reading it.</summary>
    public Task ApplyEntry(Website site, bool listed, CancellationToken stop) =>
        client.CoreV1.PatchNamespacedConfigMapAsync(AsApply(DesiredObjects.Entry(site, listed)), DesiredObjects.Directory, site.Namespace(),
            fieldManager: $"{DesiredObjects.Operator}-{site.Uid()}", force: true, cancellationToken: stop);

    /// <summary>Replaces the finalizers, unless the Website has changed since it was read: another's finalizer must not get lost.</summary>
    public Task SetFinalizers(Website site, IReadOnlyList<string> finalizers, CancellationToken stop)
    {
        var patch = new { metadata = new { resourceVersion = site.ResourceVersion(), finalizers } };
        return client.CustomObjects.PatchNamespacedCustomObjectAsync(new V1Patch(JsonSerializer.Serialize(patch), V1Patch.PatchType.MergePatch),
            Website.Group, Website.Version, site.Namespace(), Website.Plural, site.Name(), fieldManager: DesiredObjects.Operator, cancellationToken: stop);
    }

    public Task ApplyStatus(Website site, WebsiteStatus status, CancellationToken stop)
    {
        var body = new { apiVersion = site.ApiVersion, kind = site.Kind, metadata = new { name = site.Name(), uid = site.Uid() }, status };
        return client.CustomObjects.PatchNamespacedCustomObjectStatusAsync(AsApply(body),
            Website.Group, Website.Version, site.Namespace(), Website.Plural, site.Name(), fieldManager: DesiredObjects.Operator, force: true, cancellationToken: stop);
    }

    private static V1Patch AsApply(object body) => new(KubernetesJson.Serialize(body), V1Patch.PatchType.ApplyPatch);
}
