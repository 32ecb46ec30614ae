using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.FieldManagement;
using CsCheck;
using Tests.Support;
using Xunit;

namespace Tests.Unit.FieldManagement;

public sealed class FieldSetTests
{
    private static readonly KindDefinition Deployment = TestCatalogue.Default.FindKind("apps", "v1", "Deployment")!;

    private static readonly Gen<FieldSet> Sets = Gen.Select(Gen.Int[0, 3], Gen.Int[0, 3], Gen.Int[0, 2]).Array[0, 8].Select(paths =>
    {
        var set = new FieldSet();
        foreach (var (a, b, depth) in paths)
        {
            var at = set.Make($"f:{a}");
            if (depth > 0) at = at.Make($"k:{{\"name\":\"{b}\"}}");
            if (depth > 1) at = at.Make("v:1");
            at.IsMember = true;
        }
        return set;
    });

    [Fact]
    public void A_set_is_what_its_paths_say()
    {
        Gen.Select(Sets, Sets).Sample((one, other) =>
        {
            var (mine, theirs) = (Paths(one), Paths(other));
            Assert.Equal(mine.Union(theirs).Order(), Paths(FieldSet.Union(one, other)).Order());
            Assert.Equal(mine.Except(theirs).Order(), Paths(one.Without(other)).Order());
            Assert.Equal(mine.Intersect(theirs).Order(), Paths(one.Common(other)).Order());
            Assert.Equal(mine.Count == 0, one.IsEmpty);
            Assert.Equal(mine.SetEquals(theirs), one.Equals(other));
            Assert.Equal(one.Without(other).IsEmpty, mine.IsSubsetOf(theirs));
        });
    }

    [Fact]
    public void A_set_reads_back_as_it_was_written() =>
        Sets.Sample(set => Assert.Equal(Paths(set).Order(), Paths(FieldSet.ReadRoot(JsonNode.Parse(Written(set))!.AsObject())).Order()));

    [Fact]
    public void Fields_of_an_object_are_named_as_Kubernetes_names_them()
    {
        var web = JsonNode.Parse("""
            {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"default","labels":{"app":"web"},"finalizers":["a/b"]},
            "spec":{"replicas":2,"selector":{"matchLabels":{"app":"web"}},"template":{"metadata":{"labels":{"app":"web"}},"spec":{"securityContext":{},"nodeSelector":{"disk":"ssd"},"containers":[
            {"name":"c","image":"i","args":["a","b"],"ports":[{"containerPort":80},{"containerPort":80,"protocol":"UDP"}],"resources":{"requests":{"cpu":"1"}}}]}}}}
            """)!.AsObject();
        var expected = JsonNode.Parse("""
            {"f:metadata":{"f:finalizers":{"v:\"a/b\"":{}},"f:labels":{"f:app":{}}},"f:spec":{"f:replicas":{},"f:selector":{},"f:template":{"f:metadata":{"f:labels":{"f:app":{}}},
            "f:spec":{"f:containers":{"k:{\"name\":\"c\"}":{".":{},"f:args":{},"f:image":{},"f:name":{},
            "f:ports":{"k:{\"containerPort\":80,\"protocol\":\"TCP\"}":{".":{},"f:containerPort":{}},"k:{\"containerPort\":80,\"protocol\":\"UDP\"}":{".":{},"f:containerPort":{},"f:protocol":{}}},
            "f:resources":{"f:requests":{"f:cpu":{}}}}},"f:nodeSelector":{},"f:securityContext":{}}}}}
            """)!;
        Assert.Equal(expected.ToJsonString(), JsonNode.Parse(Written(OwnedFields.Of(web, Deployment)))!.ToJsonString());
    }

    [Theory]
    [InlineData("""{"f:a":1}""")]
    [InlineData("""{"a":{}}""")]
    [InlineData("""{"f:a":{"x:b":{}}}""")]
    [InlineData("""{"f:":{}}""")]
    public void What_is_no_set_is_refused(string json) => Assert.Throws<FormatException>(() => FieldSet.ReadRoot(JsonNode.Parse(json)!.AsObject()));

    private static HashSet<string> Paths(FieldSet set) => [.. set.Paths().Select(path => string.Join('/', path))];

    private static string Written(FieldSet set)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping })) set.Write(writer);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
