using ControlPlane.Catalogue.Decoding;
using ControlPlane.Catalogue.Patching;
using ControlPlane.Objects.Patching;
using Shared.Api;
using Xunit;
using static Tests.Unit.Patching.PatchCase;

namespace Tests.Unit.Patching;

public sealed class JsonPatchTests
{
    [Theory]
    [InlineData("""{"a":1}""", """[{"op":"add","path":"/b","value":2}]""", """{"a":1,"b":2}""")]
    [InlineData("""{"a":[1,3]}""", """[{"op":"add","path":"/a/1","value":2}]""", """{"a":[1,2,3]}""")]
    [InlineData("""{"a":[1]}""", """[{"op":"add","path":"/a/-","value":[2]}]""", """{"a":[1,[2]]}""")]
    [InlineData("""{"a":[1]}""", """[{"op":"add","path":"/a/1","value":2}]""", """{"a":[1,2]}""")]
    [InlineData("""{"a":1}""", """[{"op":"add","path":"/a","value":{"x":null}}]""", """{"a":{"x":null}}""")]
    [InlineData("""{"a":1}""", """[{"op":"add","path":"","value":{"b":2}}]""", """{"b":2}""")]
    [InlineData("""{"a":1,"b":2}""", """[{"op":"remove","path":"/b"}]""", """{"a":1}""")]
    [InlineData("""{"a":[1,2,3]}""", """[{"op":"remove","path":"/a/1"}]""", """{"a":[1,3]}""")]
    [InlineData("""{"a":1}""", """[{"op":"replace","path":"/a","value":"x"}]""", """{"a":"x"}""")]
    [InlineData("""{"a":[1,2]}""", """[{"op":"replace","path":"/a/0","value":9}]""", """{"a":[9,2]}""")]
    [InlineData("""{"a":{"x":1},"b":{}}""", """[{"op":"move","from":"/a/x","path":"/b/y"}]""", """{"a":{},"b":{"y":1}}""")]
    [InlineData("""{"a":[1,2,3]}""", """[{"op":"move","from":"/a/0","path":"/a/2"}]""", """{"a":[2,3,1]}""")]
    [InlineData("""{"a":{"x":1}}""", """[{"op":"move","from":"/a","path":"/a"}]""", """{"a":{"x":1}}""")]
    [InlineData("""{"a":{"x":1}}""", """[{"op":"copy","from":"/a","path":"/b"},{"op":"add","path":"/b/x","value":2}]""", """{"a":{"x":1},"b":{"x":2}}""")]
    [InlineData("""{"a":"x","b":["m",2]}""", """[{"op":"test","path":"/a","value":"x"},{"op":"test","path":"/b/1","value":2.0}]""", """{"a":"x","b":["m",2]}""")]
    [InlineData("""{"a/b":1,"m~n":2}""", """[{"op":"test","path":"/a~1b","value":1},{"op":"replace","path":"/m~0n","value":3}]""", """{"a/b":1,"m~n":3}""")]
    [InlineData("""{"~1":10}""", """[{"op":"test","path":"/~01","value":10}]""", """{"~1":10}""")]
    [InlineData("""{"":1}""", """[{"op":"remove","path":"/"}]""", "{}")]
    [InlineData("""{"a":1}""", """[{"op":"add","path":"/b","value":2,"unknown":true}]""", """{"a":1,"b":2}""")]
    [InlineData("""{"a":1}""", "[]", """{"a":1}""")]
    public void Patch_applies(string document, string patch, string expected) =>
        AssertPatched(ClientPatch.JsonPatchType, document, patch, expected);

    [Theory]
    [InlineData("""{"a":1}""", """[{"op":"remove","path":"/b"}]""")]
    [InlineData("""{"a":1}""", """[{"op":"replace","path":"/b","value":1}]""")]
    [InlineData("""{"a":1}""", """[{"op":"add","path":"/b/c","value":1}]""")]
    [InlineData("""{"a":1}""", """[{"op":"add","path":"/a/c","value":1}]""")]
    [InlineData("""{"a":[1]}""", """[{"op":"add","path":"/a/2","value":1}]""")]
    [InlineData("""{"a":[1]}""", """[{"op":"add","path":"/a/00","value":1}]""")]
    [InlineData("""{"a":[1]}""", """[{"op":"add","path":"/a/-1","value":1}]""")]
    [InlineData("""{"a":[1]}""", """[{"op":"remove","path":"/a/-"}]""")]
    [InlineData("""{"a":1}""", """[{"op":"test","path":"/a","value":2}]""")]
    [InlineData("""{"a":1}""", """[{"op":"test","path":"/a","value":"1"}]""")]
    [InlineData("""{"a":1}""", """[{"op":"test","path":"/b","value":1}]""")]
    [InlineData("""{"a":{"b":1}}""", """[{"op":"move","from":"/a","path":"/a/b"}]""")]
    [InlineData("""{"a":1}""", """[{"op":"copy","from":"/b","path":"/c"}]""")]
    [InlineData("""{"a":1}""", """[{"op":"remove","path":""}]""")]
    [InlineData("""{"a":1}""", """[{"op":"replace","path":"","value":[]}]""")]
    public void Patch_that_does_not_fit_is_unprocessable(string document, string patch) =>
        Assert.Equal((422, "Invalid"), Rejected(ClientPatch.JsonPatchType, document, patch));

    [Theory]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("[1]")]
    [InlineData("""[{"op":"spam","path":"/a"}]""")]
    [InlineData("""[{"op":"add","path":"/a"}]""")]
    [InlineData("""[{"op":"add","value":1}]""")]
    [InlineData("""[{"op":"add","path":"a","value":1}]""")]
    [InlineData("""[{"op":"add","path":"/a~2","value":1}]""")]
    [InlineData("""[{"op":"copy","path":"/a"}]""")]
    [InlineData("""[{"op":"add","path":"/a","path":"/b","value":1}]""")]
    [InlineData("[")]
    [InlineData("")]
    public void Body_that_is_no_patch_is_a_bad_request(string patch) =>
        Assert.Equal((400, "BadRequest"), Rejected(ClientPatch.JsonPatchType, "{}", patch));

    [Fact]
    public void Patch_with_too_many_operations_is_too_large()
    {
        var operation = """{"op":"test","path":"/a","value":1}""";
        var most = $"[{string.Join(',', Enumerable.Repeat(operation, JsonPatch.MaxOperations))}]";
        AssertPatched(ClientPatch.JsonPatchType, """{"a":1}""", most, """{"a":1}""");
        Assert.Equal((413, "RequestEntityTooLarge"), Rejected(ClientPatch.JsonPatchType, "{}", most.Replace("]", $",{operation}]")));
    }

    [Fact]
    public void Copies_cannot_make_an_object_grow_without_bound()
    {
        var doubling = string.Join(',', Enumerable.Range(0, 40).Select(i => $$"""{"op":"copy","from":"","path":"/a{{i}}"}"""));
        Assert.Equal((422, "Invalid"), Rejected(ClientPatch.JsonPatchType, """{"a":["0123456789"]}""", $"[{doubling}]"));
    }

    [Fact]
    public void Patch_cannot_nest_deeper_than_readers_go()
    {
        var nesting = string.Join(',', Enumerable.Range(0, ObjectLimits.MaxDepth).Select(i => $$$"""{"op":"add","path":"{{{string.Concat(Enumerable.Repeat("/a", i + 1))}}}","value":{}}"""));
        Assert.Equal((422, "Invalid"), Rejected(ClientPatch.JsonPatchType, "{}", $"[{nesting}]"));
    }

    [Fact]
    public void Patch_applied_twice_does_not_share_nodes()
    {
        var patch = new ClientPatch(PatchFormat.Json, new("""[{"op":"add","path":"/b","value":{"c":1}}]"""u8.ToArray()), FieldValidation.Ignore);
        var first = patch.Change([], Kind).Object!;
        first["b"]!["c"] = 2;
        Assert.Equal("""{"b":{"c":1}}""", patch.Change([], Kind).Object!.ToJsonString());
    }
}
