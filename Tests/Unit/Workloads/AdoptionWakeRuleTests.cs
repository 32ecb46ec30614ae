using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Workloads;
using Shared.Api;
using Shared.Json;
using Xunit;

namespace Tests.Unit.Workloads;

public sealed class AdoptionWakeRuleTests
{
    private readonly World _world = new();

    public AdoptionWakeRuleTests()
    {
        _world.Create(Samples.ReplicaSet(1));
        _world.Create(Samples.ReplicaSet(1, name: "other", app: "other"));
    }

    private List<ObjectKey> Woken(StoredObject now, StoredObject? before = null, bool deleted = false)
    {
        var keys = new List<ObjectKey>();
        AdoptionWakeRule.OfPods(World.ReplicaSets, set => ControlPlane.Workloads.ReplicaSets.ReplicaSetState.Of(set).Selector).Wake(new ObjectChange(now, before, deleted), _world.View, keys);
        return keys;
    }

    private static StoredObject Stored(JsonObject tree) => new(new("", "pods", "default", tree.Metadata().Text("name")), ObjectJson.ToUtf8(tree), 1);

    [Fact]
    public void Orphan_new_wakes_the_sets_that_select_it() => Assert.Equal([Samples.Set], Woken(Stored(Samples.Pod("stray"))));

    [Fact]
    public void Orphan_unchanged_in_labels_and_owners_wakes_nobody() => Assert.Empty(Woken(Stored(Samples.Pod("stray")), Stored(Samples.Pod("stray"))));

    [Fact]
    public void Orphan_relabelled_wakes_the_sets_that_select_it_now() =>
        Assert.Equal([Samples.Set], Woken(Stored(Samples.Pod("stray")), Stored(Samples.Pod("stray", app: "other"))));

    [Fact]
    public void Orphan_deleted_wakes_nobody() => Assert.Empty(Woken(Stored(Samples.Pod("stray")), deleted: true));

    [Fact]
    public void Owned_pod_wakes_nobody()
    {
        _world.Settle();
        Assert.Empty(Woken(_world.ActivePods.First()));
    }
}
