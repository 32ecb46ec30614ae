using System.Text.Json;
using ControlPlane.Workloads;
using Xunit;

namespace Tests.Unit.Workloads;

public sealed class PodTemplateTests
{
    private static PodTemplate Of(string json) => PodTemplate.Of(JsonDocument.Parse(json).RootElement);

    [Theory]
    [InlineData("""{ "spec": { "a": 1, "b": 2 } }""", """{ "spec": { "b": 2, "a": 1 } }""")]
    [InlineData("""{ "metadata": { "labels": { "a": "b" } } }""", """{ "metadata": { "labels": { "a": "b", "pod-template-hash": "x" }, "creationTimestamp": null } }""")]
    [InlineData("""{ "spec": { "volumes": [] } }""", """{ "spec": { } }""")]
    [InlineData("""{ "metadata": { "annotations": {} }, "spec": {} }""", """{ "spec": {} }""")]
    [InlineData("""{ "metadata": { "labels": { "pod-template-hash": "x" } }, "spec": {} }""", """{ "spec": {} }""")]
    public void Templates_that_mean_the_same_are_equal(string a, string b)
    {
        Assert.Equal(Of(a), Of(b));
        Assert.Equal(Of(a).Hash(0), Of(b).Hash(0));
    }

    [Theory]
    [InlineData("""{ "spec": { "a": 1 } }""", """{ "spec": { "a": 2 } }""")]
    [InlineData("""{ "spec": { "selector": {} } }""", """{ "spec": { } }""")]
    [InlineData("""{ "spec": { "labels": { "pod-template-hash": "x" } } }""", """{ "spec": { "labels": {} } }""")]
    [InlineData("""{ "metadata": { "annotations": { "restartedAt": "1" } } }""", """{ "metadata": { "annotations": { "restartedAt": "2" } } }""")]
    [InlineData("""{ "spec": { "containers": [ { "a": 1 }, { "b": 1 } ] } }""", """{ "spec": { "containers": [ { "b": 1 }, { "a": 1 } ] } }""")]
    public void Templates_that_differ_are_not_equal(string a, string b)
    {
        Assert.NotEqual(Of(a), Of(b));
        Assert.NotEqual(Of(a).Hash(0), Of(b).Hash(0));
    }

    [Fact]
    public void Hash_collision_count_gives_another_name()
    {
        var template = Of("""{ "spec": { "a": 1 } }""");
        Assert.Equal(3, new[] { 0, 1, 2 }.Select(template.Hash).Distinct().Count());
        Assert.Matches("^[bcdfghjklmnpqrstvwxz2456789]{1,10}$", template.Hash(0));
    }
}
