using System.Text.Json.Nodes;
using ControlPlane.History;
using CsCheck;
using Shared.Api;
using Xunit;

namespace Tests.Unit.History;

/// <summary>What is told of the difference between two versions of an object, and how versions are named.</summary>
public sealed class TreeChangesTests
{
    private static readonly Gen<JsonNode?> Leaf = Gen.OneOf(Gen.Int[0, 2].Select(number => (JsonNode?)number), Gen.Bool.Select(flag => (JsonNode?)flag), Gen.Const((JsonNode?)null));
    private static readonly Gen<JsonNode?> Tree = Gen.Recursive<JsonNode?>((depth, inner) => depth > 3 ? Leaf : Gen.OneOf(Leaf, inner.Array[0, 2].Select(List), Gen.Select(Gen.Char["ab./"], inner).Array[0, 3].Select(Object)));

    [Theory]
    [InlineData("""{ "a": 1 }""", """{ "a": 2 }""", "a: 1 -> 2")]
    [InlineData("""{ "a": 1 }""", """{ "b": { "c": 1 } }""", "a: 1 -> , b:  -> {\"c\":1}")]
    [InlineData("""{ "a": [ { "image": "x" }, 1 ] }""", """{ "a": [ { "image": "y" }, 1 ] }""", "a[0].image: \"x\" -> \"y\"")]
    [InlineData("""{ "a": [ 1 ] }""", """{ "a": [ 1, 2 ] }""", "a: [1] -> [1,2]")]
    [InlineData("""{ "l": { "app.kubernetes.io/name": "x" } }""", """{ "l": { "app.kubernetes.io/name": "y" } }""", "l['app.kubernetes.io/name']: \"x\" -> \"y\"")]
    [InlineData("""{ "metadata": { "resourceVersion": "1", "generation": 1 } }""", """{ "metadata": { "resourceVersion": "2", "generation": 2 } }""", "")]
    public void Changes_are_named_by_their_fields(string before, string after, string expected) =>
        Assert.Equal(expected, string.Join(", ", TreeChanges.Between(JsonNode.Parse(before)!.AsObject(), JsonNode.Parse(after)!.AsObject()).Select(change => $"{change.Field}: {change.Before?.ToJsonString()} -> {change.After?.ToJsonString()}")));

    [Fact]
    public void There_is_a_change_wherever_there_is_a_difference() => Gen.Select(Tree, Tree).Sample((one, other) =>
    {
        var (before, after) = (new JsonObject { ["x"] = one?.DeepClone() }, new JsonObject { ["x"] = other?.DeepClone() });
        var changes = TreeChanges.Between(before, after).ToArray();
        return changes.Length == 0 == JsonNode.DeepEquals(before, after) && changes.All(change => !JsonNode.DeepEquals(change.Before, change.After) || change.Before is null);
    }, iter: 2000);

    [Theory]
    [InlineData("apps", "deployments", "web", 12)]
    [InlineData("rbac.authorization.k8s.io", "clusterroles", "system:node:one", 1)]
    [InlineData("", "pods", "a.b", long.MaxValue)]
    public void Names_of_versions_are_read_back(string group, string resource, string name, long revision)
    {
        Assert.True(ObjectVersion.TryReadName(ObjectVersion.NameOf(new(group, resource, "ns", name), revision), out var found, out var read, out var at));
        Assert.Equal((new GroupResource(group, resource), name, revision), (found.Value, read, at));
    }

    [Theory]
    [InlineData("")]
    [InlineData("web")]
    [InlineData("pods:web")]
    [InlineData("pods:web:")]
    [InlineData("pods:web:-1")]
    [InlineData(":web:1")]
    [InlineData("pods::1")]
    [InlineData("pods:web:99999999999999999999")]
    public void Other_names_are_of_no_version(string text) => Assert.False(ObjectVersion.TryReadName(text, out _, out _, out _));

    private static JsonNode? List(JsonNode?[] items) => new JsonArray([.. items.Select(item => item?.DeepClone())]);

    private static JsonNode? Object((char Name, JsonNode? Value)[] members) =>
        new JsonObject(members.DistinctBy(member => member.Name).Select(member => KeyValuePair.Create(member.Name.ToString(), member.Value?.DeepClone())));
}
