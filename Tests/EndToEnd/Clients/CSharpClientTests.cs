using System.Net;
using System.Text.Json.Nodes;
using k8s;
using k8s.Autorest;
using k8s.LeaderElection;
using k8s.LeaderElection.ResourceLock;
using k8s.Models;
using Shared.Json;
using Tests.Cluster.NodeLink;
using Tests.Support;
using Tests.Unit.CustomResources;
using Xunit;

namespace Tests.EndToEnd.Clients;

/// <summary>What programs do with the official client for C#.</summary>
[Collection(ClientsTests.Name)]
public sealed class CSharpClientTests(ClientsCluster cluster)
{
    [Fact]
    public async Task Objects_are_made_read_changed_applied_watched_and_deleted()
    {
        using var client = cluster.NewClient();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var made = await client.CoreV1.CreateNamespacedConfigMapAsync(new() { Metadata = new() { Name = "official" }, Data = new Dictionary<string, string> { ["a"] = "1" } }, "default");
        Assert.NotEmpty(made.Metadata.ManagedFields);

        // Read, change, write back: who manages what comes along and is no change.
        var read = await client.CoreV1.ReadNamespacedConfigMapAsync("official", "default");
        read.Data["b"] = "2";
        var updated = await client.CoreV1.ReplaceNamespacedConfigMapAsync(read, "official", "default");
        Assert.Equal(made.Metadata.ManagedFields.Count, updated.Metadata.ManagedFields.Count);
        var stale = await Assert.ThrowsAsync<HttpOperationException>(() => client.CoreV1.ReplaceNamespacedConfigMapAsync(read, "official", "default"));
        Assert.Equal(HttpStatusCode.Conflict, stale.Response.StatusCode);
        var applied = await client.CoreV1.PatchNamespacedConfigMapAsync(
            new V1Patch("""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"official"},"data":{"c":"3"}}""", V1Patch.PatchType.ApplyPatch), "official", "default", fieldManager: "official", force: true);
        Assert.Equal(["a", "b", "c"], applied.Data.Keys.Order());
        Assert.Contains(applied.Metadata.ManagedFields, entry => entry is { Manager: "official", Operation: "Apply" });

        var list = await client.CoreV1.ListNamespacedConfigMapAsync("default", fieldSelector: "metadata.name=official");
        Assert.Single(list.Items);
        var watch = client.CoreV1.WatchListNamespacedConfigMapAsync("default", fieldSelector: "metadata.name=official", resourceVersion: list.Metadata.ResourceVersion, cancellationToken: patience.Token);
        await client.CoreV1.DeleteNamespacedConfigMapAsync("official", "default");
        await foreach (var (type, seen) in watch)
        {
            Assert.Equal((WatchEventType.Deleted, "official"), (type, seen.Metadata.Name));
            break;
        }
    }

    [Fact]
    public async Task Kinds_of_definitions_are_used_as_custom_objects()
    {
        using var client = cluster.NewClient();
        var definition = KubernetesJson.Deserialize<V1CustomResourceDefinition>(Definitions.Widgets(null, "anvils", "Anvil").ToJsonString());
        await client.ApiextensionsV1.CreateCustomResourceDefinitionAsync(definition);
        await ControlPlaneMembers.Until("the definition is established", async () =>
            (await client.ApiextensionsV1.ReadCustomResourceDefinitionAsync("anvils.shop.example.com")).Status?.Conditions?.Any(condition => condition is { Type: "Established", Status: "True" }) == true);
        var body = JsonNode.Parse("""{"apiVersion":"shop.example.com/v1","kind":"Anvil","metadata":{"name":"a"},"spec":{"size":2}}""");
        await client.CustomObjects.CreateNamespacedCustomObjectAsync(body, "shop.example.com", "v1", "default", "anvils");
        var read = JsonNode.Parse(KubernetesJson.Serialize(await client.CustomObjects.GetNamespacedCustomObjectAsync("shop.example.com", "v1", "default", "anvils", "a")));
        Assert.Equal(("red", 2), (read.Text("spec", "color"), read.Number("spec", "size")));
    }

    [Fact]
    public async Task A_leader_is_followed_by_another_when_it_lets_go()
    {
        using var client = cluster.NewClient();
        using var first = new CancellationTokenSource();
        using var second = new CancellationTokenSource();
        var (a, b) = (Elector(client, "a"), Elector(client, "b"));
        var (aLeads, bLeads) = (new TaskCompletionSource(), new TaskCompletionSource());
        a.OnStartedLeading += aLeads.SetResult;
        b.OnStartedLeading += bLeads.SetResult;
        var runA = Run(a, first.Token);
        await aLeads.Task.WaitAsync(TimeSpan.FromSeconds(30));
        var runB = Run(b, second.Token);
        var lease = await client.CoordinationV1.ReadNamespacedLeaseAsync("leader", "default");
        Assert.Equal("a", lease.Spec.HolderIdentity);
        Assert.False(bLeads.Task.IsCompleted);
        await first.CancelAsync();
        await runA;
        await bLeads.Task.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal("b", (await client.CoordinationV1.ReadNamespacedLeaseAsync("leader", "default")).Spec.HolderIdentity);
        await second.CancelAsync();
        await runB;
    }

    [Fact]
    public async Task Patches_of_each_kind_do_what_their_kind_means()
    {
        using var client = cluster.NewClient();
        var space = await cluster.NewNamespace();
        var made = KubernetesJson.Deserialize<V1Deployment>(HollowNodes.Deployment(1));
        made.Metadata.NamespaceProperty = space;
        await client.AppsV1.CreateNamespacedDeploymentAsync(made, space);

        var strategic = await Patch("""{"metadata":{"labels":{"a":"1","b":"2"}},"spec":{"template":{"spec":{"containers":[{"name":"side","image":"example/side:1"}]}}}}""", V1Patch.PatchType.StrategicMergePatch);
        Assert.Equal(["main", "side"], strategic.Spec.Template.Spec.Containers.Select(container => container.Name).Order());
        var merged = await Patch("""{"metadata":{"labels":{"a":null}},"spec":{"template":{"spec":{"containers":[{"name":"main","image":"example/app:2"}]}}}}""", V1Patch.PatchType.MergePatch);
        Assert.Equal("example/app:2", Assert.Single(merged.Spec.Template.Spec.Containers).Image);
        Assert.Equal(["b"], merged.Labels().Keys);
        var json = await Patch("""[{"op":"test","path":"/metadata/labels/b","value":"2"},{"op":"replace","path":"/spec/replicas","value":3}]""", V1Patch.PatchType.JsonPatch);
        Assert.Equal(3, json.Spec.Replicas);

        // An object as the client writes it: what it does not set is not in it.
        var body = new V1Deployment { ApiVersion = "apps/v1", Kind = "Deployment", Metadata = new() { Name = "web" }, Spec = new() { Replicas = 2, Selector = null, Template = null } };
        var conflict = await Refused(HttpStatusCode.Conflict, () => Apply(force: false));
        Assert.Equal(("FieldManagerConflict", ".spec.replicas"), Assert.Single(conflict.Details.Causes) is var cause ? (cause.Reason, cause.Field) : default);
        var applied = await Apply(force: true);
        Assert.Equal(2, applied.Spec.Replicas);

        Task<V1Deployment> Patch(string patch, V1Patch.PatchType type) => client.AppsV1.PatchNamespacedDeploymentAsync(new(patch, type), "web", space);
        Task<V1Deployment> Apply(bool force) => client.AppsV1.PatchNamespacedDeploymentAsync(new(body, V1Patch.PatchType.ApplyPatch), "web", space, fieldManager: "applier", force: force);
    }

    [Fact]
    public async Task Lists_come_in_pages_of_one_moment()
    {
        using var client = cluster.NewClient();
        var space = await cluster.NewNamespace();
        for (var i = 0; i < 5; i++) await Create($"page-{i}");
        var seen = new List<string>();
        V1ConfigMapList page;
        string? next = null;
        do
        {
            page = await client.CoreV1.ListNamespacedConfigMapAsync(space, limit: 2, continueParameter: next, fieldSelector: "metadata.name!=kube-root-ca.crt");
            seen.AddRange(page.Items.Select(item => item.Name()));

            // Later pages do not show what came after the first.
            await Create($"page-9{seen.Count}");
            next = page.Continue();
        }
        while (!string.IsNullOrEmpty(next));
        Assert.Equal(["page-0", "page-1", "page-2", "page-3", "page-4"], seen);
        await client.CoreV1.DeleteCollectionNamespacedConfigMapAsync(space, labelSelector: "pages");
        Assert.DoesNotContain((await client.CoreV1.ListNamespacedConfigMapAsync(space)).Items, item => item.Name().StartsWith("page", StringComparison.Ordinal));

        Task Create(string name) => client.CoreV1.CreateNamespacedConfigMapAsync(new() { Metadata = new() { Name = name, Labels = new Dictionary<string, string> { ["pages"] = "" } } }, space);
    }

    [Fact]
    public async Task Refusals_say_what_was_wrong()
    {
        using var client = cluster.NewClient();
        var space = await cluster.NewNamespace();
        var missing = await Refused(HttpStatusCode.NotFound, () => client.AppsV1.ReadNamespacedDeploymentAsync("no-such", space));
        Assert.Equal(("NotFound", "apps", "deployments", "no-such"), (missing.Reason, missing.Details.Group, missing.Details.Kind, missing.Details.Name));

        var pod = KubernetesJson.Deserialize<V1Pod>(HollowNodes.Pod("web", "client-1"));
        pod.Metadata.NamespaceProperty = space;
        await client.CoreV1.CreateNamespacedPodAsync(pod, space);
        Assert.Equal("AlreadyExists", (await Refused(HttpStatusCode.Conflict, () => client.CoreV1.CreateNamespacedPodAsync(pod, space))).Reason);

        var service = new V1Service { Metadata = new() { Name = "Web" }, Spec = new() { Ports = [new() { Port = 70000 }] } };
        var invalid = await Refused(HttpStatusCode.UnprocessableEntity, () => client.CoreV1.CreateNamespacedServiceAsync(service, space));
        Assert.Equal("Invalid", invalid.Reason);
        Assert.Subset(invalid.Details.Causes.Select(cause => cause.Field).ToHashSet(), new HashSet<string> { "metadata.name", "spec.ports[0].port" });

        // A deletion that names another object than there is.
        var other = new V1DeleteOptions { Preconditions = new() { Uid = Guid.NewGuid().ToString() } };
        Assert.Equal("Conflict", (await Refused(HttpStatusCode.Conflict, () => client.CoreV1.DeleteNamespacedPodAsync("web", space, other))).Reason);
    }

    [Fact]
    public async Task Groups_and_resources_are_discovered()
    {
        using var client = cluster.NewClient();
        Assert.StartsWith("v1.", (await client.Version.GetCodeAsync()).GitVersion, StringComparison.Ordinal);
        Assert.Equal(["v1"], (await client.Core.GetAPIVersionsAsync()).Versions);
        var groups = (await client.Apis.GetAPIVersionsAsync()).Groups.ToDictionary(group => group.Name, group => group.PreferredVersion.GroupVersion);
        Assert.Equal(("apps/v1", "coordination.k8s.io/v1"), (groups["apps"], groups["coordination.k8s.io"]));
        var resources = (await client.AppsV1.GetAPIResourcesAsync()).Resources.ToDictionary(resource => resource.Name);
        Assert.Equal(("Deployment", true), (resources["deployments"].Kind, resources["deployments"].Namespaced));
        Assert.Superset(new HashSet<string> { "create", "delete", "deletecollection", "get", "list", "patch", "update", "watch" }, resources["deployments"].Verbs.ToHashSet());
        Assert.Equal(("autoscaling", "v1", "Scale"), (resources["deployments/scale"].Group, resources["deployments/scale"].Version, resources["deployments/scale"].Kind));
    }

    /// <summary>What the Status of a refusal says.</summary>
    private static async Task<V1Status> Refused(HttpStatusCode code, Func<Task> request)
    {
        var refusal = await Assert.ThrowsAsync<HttpOperationException>(request);
        var status = KubernetesJson.Deserialize<V1Status>(refusal.Response.Content);
        Assert.Equal((code, (int)code, "Failure"), (refusal.Response.StatusCode, status.Code ?? 0, status.Status));
        return status;
    }

    private static LeaderElector Elector(IKubernetes client, string name) => new(new(new LeaseLock(client, "default", "leader", name))
    {
        // Longer than a busy machine stands still: nobody may lose the lead by that.
        LeaseDuration = TimeSpan.FromSeconds(8),
        RenewDeadline = TimeSpan.FromSeconds(6),
        RetryPeriod = TimeSpan.FromMilliseconds(200),
    });

    private static async Task Run(LeaderElector elector, CancellationToken stop)
    {
        try
        {
            await elector.RunUntilLeadershipLostAsync(stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // That is how a test ends it.
        }
    }
}
