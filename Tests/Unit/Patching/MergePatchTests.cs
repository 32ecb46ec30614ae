using System.Text.Json.Nodes;
using ControlPlane.Catalogue.Patching;
using CsCheck;
using Xunit;
using static Tests.Unit.Patching.PatchCase;

namespace Tests.Unit.Patching;

public sealed class MergePatchTests
{
    [Theory]
    [InlineData("""{"a":"b"}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":"b"}""", """{"b":"c"}""", """{"a":"b","b":"c"}""")]
    [InlineData("""{"a":"b"}""", """{"a":null}""", "{}")]
    [InlineData("""{"a":"b","b":"c"}""", """{"a":null}""", """{"b":"c"}""")]
    [InlineData("""{"a":["b"]}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":"c"}""", """{"a":["b"]}""", """{"a":["b"]}""")]
    [InlineData("""{"a":{"b":"c"}}""", """{"a":{"b":"d","c":null}}""", """{"a":{"b":"d"}}""")]
    [InlineData("""{"a":[{"b":"c"}]}""", """{"a":[1]}""", """{"a":[1]}""")]
    [InlineData("""{"e":null}""", """{"a":1}""", """{"e":null,"a":1}""")]
    [InlineData("{}", """{"a":{"bb":{"ccc":null}}}""", """{"a":{"bb":{}}}""")]
    [InlineData("""{"a":1}""", """{"a":{"b":{"c":2}}}""", """{"a":{"b":{"c":2}}}""")]
    public void Patch_merges(string document, string patch, string expected) =>
        AssertPatched(ClientPatch.MergePatchType, document, patch, expected);

    [Theory]
    [InlineData("[]")]
    [InlineData("1")]
    [InlineData("null")]
    [InlineData("{")]
    public void Body_that_is_no_object_is_a_bad_request(string patch) =>
        Assert.Equal((400, "BadRequest"), Rejected(ClientPatch.MergePatchType, "{}", patch));

    [Fact]
    public void Unknown_media_type_is_refused() =>
        Assert.Equal((415, "UnsupportedMediaType"), Rejected("application/json", "{}", "{}"));

    [Fact]
    public void Patch_is_idempotent_and_the_empty_one_changes_nothing() => Gen.Select(JsonGen.Object, JsonGen.Object).Sample((document, patch) =>
    {
        var once = Apply(ClientPatch.MergePatchType, document.ToJsonString(), patch.ToJsonString()).Object!;
        AssertSame(once, Apply(ClientPatch.MergePatchType, once.ToJsonString(), patch.ToJsonString()).Object);
        AssertSame(document, Apply(ClientPatch.MergePatchType, document.ToJsonString(), "{}").Object);
    });

    [Fact]
    public void Difference_of_two_documents_leads_from_one_to_the_other() => Gen.Select(JsonGen.Object, JsonGen.Object).Sample((from, to) =>
        AssertPatched(ClientPatch.MergePatchType, from.ToJsonString(), Difference(from, to).ToJsonString(), to.ToJsonString()));

    private static JsonObject Difference(JsonObject from, JsonObject to)
    {
        var patch = new JsonObject();
        foreach (var (member, _) in from)
        {
            if (!to.ContainsKey(member)) patch[member] = null;
        }
        foreach (var (member, value) in to)
        {
            if (JsonNode.DeepEquals(value, from[member])) continue;
            patch[member] = value is JsonObject after && from[member] is JsonObject before ? Difference(before, after) : value?.DeepClone();
        }
        return patch;
    }
}
