using System.Text.Json.Nodes;
using ControlPlane.Catalogue.Schemas;
using ControlPlane.Objects;
using ControlPlane.Scheduling;
using k8s.Models;
using Shared.Json;
using Xunit;

namespace Tests.Unit.Scheduling;

public sealed class PodUnschedulablePatchTests
{
    private static readonly DateTimeOffset Now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly KindDefinition Kind = new() { Group = "", Version = "v1", Kind = "Pod", Plural = "pods", Namespaced = true, Schema = ModelSchemas.Of<V1Pod>() };

    [Fact]
    public void Condition_is_added_with_reason_and_message()
    {
        var patched = new PodUnschedulablePatch("0/1 nodes", Now).Apply(Some.Pod("p").ToJsonObject(), Kind).Object!;
        var condition = Assert.Single(patched["status"]!["conditions"]!.AsArray())!.AsObject();
        Assert.Equal(
            ("PodScheduled", "False", "Unschedulable", "0/1 nodes", "2030-01-01T00:00:00Z"),
            (condition.Text("type"), condition.Text("status"), condition.Text("reason"), condition.Text("message"), condition.Text("lastTransitionTime")));
    }

    [Fact]
    public void Same_condition_later_changes_nothing()
    {
        var once = new PodUnschedulablePatch("0/1 nodes", Now).Apply(Some.Pod("p").ToJsonObject(), Kind).Object!;
        var twice = new PodUnschedulablePatch("0/1 nodes", Now.AddMinutes(1)).Apply(once.DeepClone().AsObject(), Kind).Object!;
        Assert.True(JsonNode.DeepEquals(once, twice));
    }

    [Fact]
    public void Pod_bound_meanwhile_is_left_alone()
    {
        var bound = Some.Pod("p", node: "a").ToJsonObject();
        Assert.True(JsonNode.DeepEquals(bound.DeepClone(), new PodUnschedulablePatch("m", Now).Apply(bound, Kind).Object));
    }
}
