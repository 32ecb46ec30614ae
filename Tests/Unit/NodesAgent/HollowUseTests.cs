using System.Text.Json.Nodes;
using NodeActor.Hollow;
using Xunit;

namespace Tests.Unit.NodesAgent;

/// <summary>What simulated pods use.</summary>
public sealed class HollowUseTests
{
    [Theory]
    [InlineData("{}", 0, 0)]
    [InlineData("""{ "hollow.actors.io/cpu": "250m" }""", 250_000_000, 0)]
    [InlineData("""{ "hollow.actors.io/cpu": "5n", "hollow.actors.io/memory": "64Mi" }""", 5, 64 << 20)]
    public void Annotations_say_what_each_container_uses(string annotations, long cpu, long memory) => Assert.Equal(new(cpu, memory, ""), HollowUse.Of(Pod(annotations)));

    [Theory]
    [InlineData("""{ "hollow.actors.io/cpu": "much" }""", "hollow.actors.io/cpu is 'much'")]
    [InlineData("""{ "hollow.actors.io/memory": "-1" }""", "hollow.actors.io/memory is '-1'")]
    public void Annotation_that_is_no_quantity_is_told_and_the_use_is_not_known(string annotations, string told)
    {
        Assert.Contains(told, HollowUse.Of(Pod(annotations)).Fault, StringComparison.Ordinal);
        var pod = new HollowPod(new("", "pods", "default", "web"), new("uid"), Pod(annotations), HollowPhase.Running, DateTimeOffset.UnixEpoch, "");
        Assert.Null(HollowUse.Of(pod, DateTimeOffset.UnixEpoch, TimeSpan.FromSeconds(15)));
    }

    private static JsonObject Pod(string annotations) => (JsonObject)JsonNode.Parse($$"""
        { "metadata": { "annotations": {{annotations}} }, "spec": { "containers": [{ "name": "main" }] } }
        """)!;
}
