using System.Text;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.FieldManagement;
using CsCheck;
using Tests.Support;
using Tests.Unit.Patching;
using Xunit;

namespace Tests.Unit.FieldManagement;

/// <summary>What is told straight from JSON is what is found in a tree.</summary>
public sealed class RestFieldsTests
{
    private static readonly KindDefinition Pod = TestCatalogue.Default.FindKind("", "v1", "Pod")!;

    [Fact]
    public void Fields_from_JSON_are_those_from_a_tree() => PodGen.Pod.Sample(pod => Same(pod, Pod), iter: 2000);

    [Theory]
    [InlineData("""{"metadata":{"name":"x"}}""")]
    [InlineData("""{"metadata":{"name":"x","annotations":{"a/b":"1","\u00e4\"":"2"},"labels":{}},"spec":{}}""")]
    [InlineData("""{"metadata":{"name":"x"},"spec":{"containers":[]},"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}}""")]
    [InlineData("""{"metadata":{"finalizers":["a","b","a"]},"spec":{"containers":[{"name":"c","env":[{"name":"A","value":"1"},{"name":"A","value":"2"}],"ports":[{"containerPort":80},{"containerPort":80,"protocol":"UDP"}]}]}}""")]
    [InlineData("""{"metadata":{},"spec":{"containers":[{"image":"no name"}],"nodeSelector":{"a":"b"},"unknown":{"deep":[{"a":1}]}}}""")]
    public void Odd_objects_too(string json) => Same(JsonNode.Parse(json)!.AsObject(), Pod);

    private static void Same(JsonObject tree, KindDefinition kind)
    {
        foreach (var parts in new[] { FieldRest.Object, FieldRest.Status, FieldRest.Object | FieldRest.Status })
        {
            var json = ObjectJson.ToUtf8(tree);
            var all = OwnedFields.Of(tree, kind, containers: true);
            var wanted = parts switch { FieldRest.Object => OwnedFields.Part(all, status: false), FieldRest.Status => OwnedFields.Part(all, status: true), _ => all };
            var written = ObjectJson.ToUtf8((json, kind, parts), static (given, writer) => RestFields.Write(given.json, given.kind.Schema, given.parts, writer));
            var found = FieldSet.ReadRoot(JsonNode.Parse(written)!.AsObject());
            Assert.True(wanted.Equals(found), $"{Encoding.UTF8.GetString(json)}\n{Encoding.UTF8.GetString(written)}");
        }
    }
}
