using System.Text.Json.Nodes;
using k8s;
using k8s.Autorest;
using k8s.LeaderElection;
using k8s.LeaderElection.ResourceLock;
using k8s.Models;
using Shared.Json;
using Tests.Support;
using Tests.Unit.CustomResources;
using Xunit;

namespace Tests.Cluster.Gateway;

/// <summary>What programs do with the official client for C#.</summary>
public sealed class OfficialClientTests(ControlPlaneFixture cluster) : IClassFixture<ControlPlaneFixture>
{
    [Fact]
    public async Task Objects_are_made_read_changed_applied_watched_and_deleted()
    {
        using var client = Client();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var made = await client.CoreV1.CreateNamespacedConfigMapAsync(new() { Metadata = new() { Name = "official" }, Data = new Dictionary<string, string> { ["a"] = "1" } }, "default");
        Assert.NotEmpty(made.Metadata.ManagedFields);

        // Read, change, write back: who manages what comes along and is no change.
        var read = await client.CoreV1.ReadNamespacedConfigMapAsync("official", "default");
        read.Data["b"] = "2";
        var updated = await client.CoreV1.ReplaceNamespacedConfigMapAsync(read, "official", "default");
        Assert.Equal(made.Metadata.ManagedFields.Count, updated.Metadata.ManagedFields.Count);
        var stale = await Assert.ThrowsAsync<HttpOperationException>(() => client.CoreV1.ReplaceNamespacedConfigMapAsync(read, "official", "default"));
        Assert.Equal(System.Net.HttpStatusCode.Conflict, stale.Response.StatusCode);
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
        using var client = Client();
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
        using var client = Client();
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
        await bLeads.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal("b", (await client.CoordinationV1.ReadNamespacedLeaseAsync("leader", "default")).Spec.HolderIdentity);
        await second.CancelAsync();
        await runB;
    }

    private static LeaderElector Elector(IKubernetes client, string name) => new(new(new LeaseLock(client, "default", "leader", name))
    {
        LeaseDuration = TimeSpan.FromSeconds(3),
        RenewDeadline = TimeSpan.FromSeconds(2),
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

    private Kubernetes Client() => new(KubernetesClientConfiguration.BuildConfigFromConfigFile(Path.Combine(cluster.Options.DataDirectory, "admin.kubeconfig")));
}
