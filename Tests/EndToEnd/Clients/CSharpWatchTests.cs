using k8s;
using k8s.Models;
using Xunit;

namespace Tests.EndToEnd.Clients;

/// <summary>How programs follow objects with the official client for C#.</summary>
[Collection(ClientsTests.Name)]
public sealed class CSharpWatchTests(ClientsCluster cluster)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_watch_begins_with_what_there_is_and_the_next_goes_on_from_its_bookmark()
    {
        using var client = cluster.NewClient();
        using var patience = new CancellationTokenSource(Patience);
        var space = await cluster.NewNamespace();
        await Create("first");
        var (seen, version) = (new List<string>(), "");
        var begun = client.CoreV1.WatchListNamespacedSecretAsync(space, sendInitialEvents: true, resourceVersionMatch: "NotOlderThan", allowWatchBookmarks: true, cancellationToken: patience.Token);
        await foreach (var (type, secret) in begun)
        {
            if (type == WatchEventType.Bookmark)
            {
                Assert.Equal("true", secret.GetAnnotation("k8s.io/initial-events-end"));
                version = secret.ResourceVersion();
                break;
            }
            seen.Add($"{type} {secret.Name()}");
        }
        Assert.Equal(["Added first"], seen);

        // What happens while nobody watches.
        await client.CoreV1.DeleteNamespacedSecretAsync("first", space);
        await Create("second");
        seen.Clear();
        await foreach (var (type, secret) in client.CoreV1.WatchListNamespacedSecretAsync(space, resourceVersion: version, cancellationToken: patience.Token))
        {
            seen.Add($"{type} {secret.Name()}");
            if (seen.Count == 2) break;
        }
        Assert.Equal(["Deleted first", "Added second"], seen);

        Task Create(string name) => client.CoreV1.CreateNamespacedSecretAsync(new() { Metadata = new() { Name = name } }, space);
    }

    [Fact]
    public async Task The_generic_client_follows_objects_of_any_kind()
    {
        using var client = cluster.NewClient();
        using var generic = new GenericClient(client, "coordination.k8s.io", "v1", "leases", disposeClient: false);
        using var patience = new CancellationTokenSource(Patience);
        var space = await cluster.NewNamespace();
        await generic.CreateNamespacedAsync(new V1Lease { ApiVersion = "coordination.k8s.io/v1", Kind = "Lease", Metadata = new() { Name = "held" }, Spec = new() { HolderIdentity = "a" } }, space);
        var seen = new List<string>();
        await foreach (var (type, lease) in generic.WatchNamespacedAsync<V1Lease>(space, cancel: patience.Token))
        {
            seen.Add($"{type} {lease.Spec.HolderIdentity}");
            if (seen.Count == 1)
            {
                lease.Spec.HolderIdentity = "b";
                await generic.ReplaceNamespacedAsync(lease, space, "held");
            }
            if (seen.Count == 2) Assert.Equal("Success", (await generic.DeleteNamespacedAsync<V1Status>(space, "held")).Status);
            if (seen.Count == 3) break;
        }
        Assert.Equal(["Added a", "Modified b", "Deleted b"], seen);
        Assert.Empty((await generic.ListNamespacedAsync<V1LeaseList>(space)).Items);
    }
}
