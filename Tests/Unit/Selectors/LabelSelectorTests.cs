using System.Text.Json.Nodes;
using ControlPlane.Objects.Selectors;
using CsCheck;
using Xunit;

namespace Tests.Unit.Selectors;

public sealed class LabelSelectorTests
{
    private static readonly Dictionary<string, string> Web = new() { ["app"] = "web", ["tier"] = "front", ["weight"] = "7", ["blank"] = "" };

    [Theory]
    [InlineData("", true)]
    [InlineData("app=web", true)]
    [InlineData("app==web", true)]
    [InlineData(" app = web ", true)]
    [InlineData("app=db", false)]
    [InlineData("app!=db", true)]
    [InlineData("app!=web", false)]
    [InlineData("none!=x", true)]
    [InlineData("app in (web,db)", true)]
    [InlineData("app in (db)", false)]
    [InlineData("app notin (db)", true)]
    [InlineData("none notin (x)", true)]
    [InlineData("app", true)]
    [InlineData("none", false)]
    [InlineData("!none", true)]
    [InlineData("!app", false)]
    [InlineData("weight>6", true)]
    [InlineData("weight<7", false)]
    [InlineData("app>1", false)]
    [InlineData("blank=", true)]
    [InlineData("blank in (,x)", true)]
    [InlineData("app=web,tier!=back,weight,!none", true)]
    [InlineData("app=web,tier=back", false)]
    [InlineData("in=x", false)]
    [InlineData("example.com/app=web", false)]
    public void Query_selects_by_labels(string query, bool selected)
    {
        Assert.True(LabelSelector.TryParse(query, out var selector, out var rejection), rejection?.Message);
        Assert.Equal(selected, selector.Matches(Web));
    }

    [Theory]
    [InlineData(",", "found ',', expected: !, identifier, or 'end of string'")]
    [InlineData("a,", "found '', expected: identifier after ','")]
    [InlineData("a,,b", "found ',', expected: identifier after ','")]
    [InlineData("a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt")]
    [InlineData("a in x", "unable to parse requirement: found 'x' expected: '('")]
    [InlineData("a in (x", "unable to parse requirement: found '', expected: ',' or ')'")]
    [InlineData("a in ()", "unable to parse requirement: values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty")]
    [InlineData("!", "unable to parse requirement: found '', expected: identifier")]
    [InlineData("a=b c", "found 'c', expected: ',' or 'end of string'")]
    [InlineData("a>x", "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer")]
    [InlineData("a==(", "unable to parse requirement: found '(', expected: identifier")]
    public void Query_with_a_fault_is_a_bad_request(string query, string message)
    {
        Assert.False(LabelSelector.TryParse(query, out _, out var rejection));
        Assert.Equal((400, message), (rejection.Code, rejection.Message));
    }

    [Theory]
    [InlineData("-a=b", "<nil>: Invalid value: \"-a\": name part must consist of")]
    [InlineData("a/b/c", "<nil>: Invalid value: \"a/b/c\": a qualified name must consist of")]
    [InlineData("UPPER/b", "<nil>: Invalid value: \"UPPER/b\": prefix part a lowercase RFC 1123 subdomain")]
    [InlineData("a=-b", "values[0][a]: Invalid value: \"-b\": a valid label must be")]
    public void Query_with_bad_syntax_of_a_label_names_it(string query, string message)
    {
        Assert.False(LabelSelector.TryParse(query, out _, out var rejection));
        Assert.Contains(message, rejection.Message);
    }

    [Fact]
    public void Query_parser_never_throws()
    {
        Gen.String[Gen.Char["ab/=!(),<> in.-"], 0, 24].Sample(query => { LabelSelector.TryParse(query, out _, out _); });
    }

    [Fact]
    public void Written_selector_reads_back_the_same()
    {
        var key = Gen.OneOf("app", "tier", "x.io/zone");
        var value = Gen.OneOf("web", "db", "");
        var term = Gen.OneOf(
            Gen.Select(key, value, (k, v) => $"{k}={v}"),
            Gen.Select(key, value, (k, v) => $"{k}!={v}"),
            Gen.Select(key, value, value, (k, v, w) => $"{k} in ({v},{w})"),
            Gen.Select(key, value, value, (k, v, w) => $"{k} notin ({v},{w})"),
            key.Select(k => k), key.Select(k => $"!{k}"), key.Select(k => $"{k}>3"));
        var labels = Gen.Dictionary(key, value)[0, 2];
        Gen.Select(term.Array[0, 4], labels).Sample((terms, on) =>
        {
            Assert.True(LabelSelector.TryParse(string.Join(',', terms), out var first, out _));
            Assert.True(LabelSelector.TryParse(first.ToString(), out var second, out var rejection), rejection?.Message);
            Assert.Equal(first.ToString(), second.ToString());
            Assert.Equal(first.Matches(on), second.Matches(on));
        });
    }

    [Theory]
    [InlineData("null", false)]
    [InlineData("{}", true)]
    [InlineData("""{"matchLabels":{"app":"web"}}""", true)]
    [InlineData("""{"matchLabels":{"app":"db"}}""", false)]
    [InlineData("""{"matchExpressions":[{"key":"app","operator":"In","values":["db","web"]}]}""", true)]
    [InlineData("""{"matchExpressions":[{"key":"app","operator":"NotIn","values":["web"]}]}""", false)]
    [InlineData("""{"matchExpressions":[{"key":"app","operator":"Exists"},{"key":"none","operator":"DoesNotExist"}]}""", true)]
    [InlineData("""{"matchLabels":{"app":"web"},"matchExpressions":[{"key":"tier","operator":"In","values":["back"]}]}""", false)]
    [InlineData("""{"matchExpressions":[{"key":"app","operator":"In","values":[]}]}""", false)]
    [InlineData("""{"matchExpressions":[{"key":"app","operator":"Near"}]}""", false)]
    public void Selector_object_selects_by_labels(string json, bool selected)
    {
        Assert.Equal(selected, LabelSelector.From(JsonNode.Parse(json)).Matches(Web));
    }

    [Fact]
    public void Map_without_labels_selects_nothing()
    {
        Assert.False(LabelSelector.FromMap([]).Matches(Web));
        Assert.True(LabelSelector.FromMap([new("app", "web")]).Matches(Web));
    }
}
