using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Workloads.ReplicaSets;
using Shared.Api;
using Shared.Json;
using Xunit;

namespace Tests.Unit.Workloads;

public sealed class PodDeletionOrderTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly StoredObject Self = Stored(new ObjectKey("apps", "replicasets", "default", "web"), new JsonObject { ["metadata"] = new JsonObject { ["uid"] = "rs" } });
    private readonly World _world = new();

    private static StoredObject Stored(ObjectKey key, JsonObject tree) => new(key, ObjectJson.ToUtf8(tree), 1);

    private static StoredObject Pod(
        string name, string node = "n", string phase = "Running", bool ready = true, int readyAt = 0, int restarts = 0, int createdAt = 0, int? cost = null)
    {
        var metadata = new JsonObject { ["name"] = name, ["uid"] = name, ["creationTimestamp"] = Rfc3339.Write(Start.AddSeconds(createdAt)) };
        if (cost is { } price) metadata["annotations"] = new JsonObject { ["controller.kubernetes.io/pod-deletion-cost"] = price.ToString() };
        return Stored(new("", "pods", "default", name), new JsonObject
        {
            ["metadata"] = metadata,
            ["spec"] = node.Length > 0 ? new JsonObject { ["nodeName"] = node } : [],
            ["status"] = new JsonObject
            {
                ["phase"] = phase,
                ["containerStatuses"] = new JsonArray(new JsonObject { ["restartCount"] = restarts }),
                ["conditions"] = new JsonArray(new JsonObject
                {
                    ["type"] = "Ready",
                    ["status"] = ready ? "True" : "False",
                    ["lastTransitionTime"] = Rfc3339.Write(Start.AddSeconds(readyAt)),
                }),
            },
        });
    }

    private void First(StoredObject expected, params StoredObject[] others)
    {
        foreach (var order in new[] { others.Append(expected), others.Prepend(expected) })
        {
            Assert.Same(expected, PodDeletionOrder.Choose(Self, [.. order], 1, _world.View).Single());
        }
    }

    [Fact]
    public void Order_unassigned_goes_before_assigned() => First(Pod("a", node: "", phase: "Pending"), Pod("b", phase: "Pending"));

    [Fact]
    public void Order_pending_goes_before_unknown_before_running()
    {
        First(Pod("a", phase: "Pending"), Pod("b", phase: "Unknown"), Pod("c"));
        First(Pod("b", phase: "Unknown"), Pod("c"));
    }

    [Fact]
    public void Order_not_ready_goes_before_ready() => First(Pod("a", ready: false), Pod("b", cost: -5));

    [Fact]
    public void Order_lower_deletion_cost_goes_first()
    {
        First(Pod("a", cost: -1), Pod("b"), Pod("c", cost: 10));
        First(Pod("a"), Pod("c", cost: 10));
    }

    [Fact]
    public void Order_node_with_more_pods_goes_first()
    {
        var chosen = PodDeletionOrder.Choose(Self, [Pod("a", node: "n1"), Pod("b", node: "n2"), Pod("c", node: "n2", readyAt: -9)], 1, _world.View).Single();
        Assert.Equal("n2", chosen.Header.NodeName);
    }

    [Fact]
    public void Order_shorter_ready_goes_first() => First(Pod("a", readyAt: 20), Pod("b", readyAt: 10), Pod("c"));

    [Fact]
    public void Order_more_restarts_goes_before_younger() => First(Pod("a", restarts: 3), Pod("b", restarts: 1, createdAt: 50));

    [Fact]
    public void Order_younger_goes_first_among_equals() => First(Pod("a", createdAt: 5), Pod("b", createdAt: 1));

    [Fact]
    public void Order_siblings_pods_count_for_their_nodes()
    {
        _world.Create(Samples.Deployment(3));
        _world.Settle();
        foreach (var pod in _world.ActivePods) _world.Run(pod.Key, node: "busy");
        _world.Settle();
        _world.Roll("v2");
        _world.Settle();
        var sets = _world.Live(World.ReplicaSets).OrderBy(set => set.Header.CreationTimestamp).ThenBy(set => set.Revision).ToArray();
        var added = sets.Single(set => set.ToJsonObject()["spec"]!["template"]!["spec"]!["containers"]![0]!["image"]!.GetValue<string>() == "v2");
        var (near, far) = (Pod("near", node: "busy"), Pod("zfar", node: "calm", readyAt: 50));
        Assert.Same(near, PodDeletionOrder.Choose(added, [far, near], 1, _world.View).Single());
    }

    [Fact]
    public void Order_all_too_many_takes_all() => Assert.Equal(2, PodDeletionOrder.Choose(Self, [Pod("a"), Pod("b")], 5, _world.View).Count());
}
