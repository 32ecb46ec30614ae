using System.Text.Json.Nodes;
using Shared.Json;
using Xunit;

namespace Tests.Unit.Json;

public sealed class FillingTests
{
    private static JsonObject Tree(string json) => JsonNode.Parse(json)!.AsObject();

    [Fact]
    public void Default_leaves_what_is_there_and_fills_what_is_not()
    {
        var tree = Tree("""{ "text": "here", "number": 0, "flag": false, "other": 7 }""");
        tree.Default("text", "default");
        tree.Default("number", 1);
        tree.Default("flag", true);
        tree.Default("absent", "default");
        tree.DefaultAny("other", "default");
        tree.DefaultChild("child")["a"] = 1;
        tree.DefaultChild("child")["b"] = 2;
        tree.DefaultList("list").Add(1);
        Assert.Equal("""{"text":"here","number":0,"flag":false,"other":7,"absent":"default","child":{"a":1,"b":2},"list":[1]}""", tree.ToJsonString());
    }

    [Fact]
    public void Overlay_sets_copies_and_keeps_what_is_not_named()
    {
        var (tree, over) = (Tree("""{ "labels": { "a": "1", "b": "2" } }"""), Tree("""{ "labels": { "b": "3", "c": { "d": 4 } }, "annotations": null }"""));
        tree.Overlay(over, "labels");
        tree.Overlay(over, "annotations");
        over["labels"]!["c"]!["d"] = 5;
        Assert.Equal("""{"labels":{"a":"1","b":"3","c":{"d":4}}}""", tree.ToJsonString());
    }

    [Fact]
    public void Pick_copies_the_members_there_are()
    {
        var tree = Tree("""{ "a": { "b": 1 }, "c": null, "d": 2 }""");
        var picked = tree.Pick("a", "c", "x");
        tree["a"]!["b"] = 9;
        Assert.Equal("""{"a":{"b":1}}""", picked.ToJsonString());
        Assert.Empty(((JsonObject?)null).Pick("a"));
    }
}
