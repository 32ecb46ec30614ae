using System.Text.Json.Nodes;
using ControlPlane.Catalogue.Printing;
using ControlPlane.Objects;
using Xunit;

namespace Tests.Unit.Catalogue;

public sealed class JsonPathTests
{
    private const string Tree = """
        {"metadata":{"labels":{"a.b/c":"x"}},"spec":{"size":3,"on":true,"share":0.5,"list":[{"n":"p"},{"n":"q"}]},
         "status":{"since":"2030-01-01T00:00:00Z","conditions":[{"type":"Ready","status":"True"},{"type":"Old","status":"False"}]}}
        """;

    [Theory]
    [InlineData(".spec.size", "3")]
    [InlineData(".spec.list[0].n", "\"p\"")]
    [InlineData(".spec.list[-1].n", "\"q\"")]
    [InlineData(".spec.list[*].n", "\"p\" \"q\"")]
    [InlineData(".spec.list[7].n", "")]
    [InlineData(".metadata.labels['a.b/c']", "\"x\"")]
    [InlineData(@".metadata.labels.a\.b/c", "\"x\"")]
    [InlineData(""".status.conditions[?(@.type=="Ready")].status""", "\"True\"")]
    [InlineData(".status.conditions[?(@.type=='Gone')].status", "")]
    [InlineData(".nothing.there", "")]
    public void Path_leads_to_what_it_names(string text, string found)
    {
        Assert.True(JsonPath.TryParse(text, out var path, out _));
        Assert.Equal(found, string.Join(' ', path.Read(JsonNode.Parse(Tree)!).Select(node => node.ToJsonString())));
    }

    [Theory]
    [InlineData("")]
    [InlineData("spec")]
    [InlineData(".")]
    [InlineData(".a[")]
    [InlineData(".a[x]")]
    [InlineData(".a[?(@.b>1)]")]
    [InlineData(".a..b")]
    public void Text_that_is_no_path_is_refused(string text)
    {
        Assert.False(JsonPath.TryParse(text, out _, out var fault));
        Assert.NotEmpty(fault);
    }

    [Theory]
    [InlineData("integer", ".spec.size", 3L)]
    [InlineData("string", ".spec.size", "3")]
    [InlineData("boolean", ".spec.on", true)]
    [InlineData("date", ".status.since", "24h")]
    [InlineData("string", ".spec.list[*].n", "p,q")]
    [InlineData("integer", ".spec.on", null)]
    [InlineData("string", ".nothing", null)]
    public void Column_shows_a_value_of_its_type(string type, string text, object? cell)
    {
        JsonPath.TryParse(text, out var path, out _);
        var tree = JsonNode.Parse(Tree)!.AsObject();
        var row = new PrinterRow(new(new("shop.example.com", "widgets", "x", "w"), ObjectJson.ToUtf8(tree), 1), tree, new(2030, 1, 2, 0, 0, 0, TimeSpan.Zero));
        Assert.Equal(cell, Column.At("C", type, path!).Cell(row));
    }
}
