using System.Text.Json.Nodes;
using ControlPlane.Expressions;
using ControlPlane.Expressions.Types;
using ControlPlane.Objects.Schemas;
using Xunit;

namespace Tests.Unit.Expressions;

/// <summary>Rules over values that a schema describes.</summary>
public sealed class SchemaRuleTests
{
    private static readonly Schema Spec = Rule.Object(
        ("replicas", new(SchemaType.Int32)),
        ("ratio", new(SchemaType.Number)),
        ("port", new(SchemaType.IntOrString)),
        ("since", new(SchemaType.DateTime)),
        ("day", new(SchemaType.String) { Format = "date" }),
        ("wait", new(SchemaType.String) { Format = "duration" }),
        ("data", new(SchemaType.Bytes)),
        ("memory", new(SchemaType.Quantity)),
        ("labels", new(SchemaType.Map, Rule.Text())),
        ("open", new(SchemaType.Object) { PreservesUnknown = true }),
        ("namespace", Rule.Text()),
        ("foo.bar", Rule.Text()),
        ("a-b/c__d", Rule.Text()),
        ("9lives", Rule.Text()),
        ("set", Rule.List(Rule.Text(), "set")),
        ("ports", Rule.List(Rule.Object(("name", Rule.Text()), ("port", new(SchemaType.Int32))), "map", ["name"])),
        ("tags", Rule.List(Rule.Text())));

    [Theory]
    [InlineData("self.replicas <= 5 && self.replicas + 1 == 4", """{"replicas":3}""")]
    [InlineData("self.ratio == 1.0 && self.ratio / 2.0 == 0.5", """{"ratio":1}""")]
    [InlineData("self.port == 80 || self.port == 'http'", """{"port":"http"}""")]
    [InlineData("type(self.port) == int ? self.port < 100 : false", """{"port":80}""")]
    [InlineData("self.since < timestamp('2025-01-01T00:00:00Z') && self.since.getFullYear() == 2024", """{"since":"2024-05-01T10:00:00Z"}""")]
    [InlineData("self.day.getMonth() == 4", """{"day":"2024-05-01"}""")]
    [InlineData("self.wait > duration('1m')", """{"wait":"1h"}""")]
    [InlineData("self.data == b'hi' && size(self.data) == 2", """{"data":"aGk="}""")]
    [InlineData("quantity(self.memory).isLessThan(quantity('2Gi'))", """{"memory":"1Gi"}""")]
    [InlineData("self.labels.all(k, k.startsWith('x')) && self.labels['x1'] == 'a' && self.labels.x1 == 'a'", """{"labels":{"x1":"a"}}""")]
    [InlineData("self.open.a.b[0] == 1", """{"open":{"a":{"b":[1]}}}""")]
    [InlineData("self.__namespace__ == 'n' && self.foo__dot__bar == 'f' && self.a__dash__b__slash__c__underscores__d == 'x'", """{"namespace":"n","foo.bar":"f","a-b/c__d":"x"}""")]
    [InlineData("!has(self.replicas) && !self.?replicas.hasValue() && self.?replicas.orValue(1) == 1", "{}")]
    [InlineData("self.set == ['b', 'a'] && self.set + ['c', 'a'] == ['a', 'b', 'c']", """{"set":["a","b"]}""")]
    [InlineData("self.tags != ['b', 'a'] && (self.tags + ['a']).size() == 3", """{"tags":["a","b"]}""")]
    [InlineData("(self.ports + self.ports).size() == 2 && self.ports.exists_one(p, p.port == 1)", """{"ports":[{"name":"a","port":1},{"name":"b","port":2}]}""")]
    public void A_rule_sees_what_the_schema_says(string rule, string json)
    {
        var result = Rule.RunSelf(rule, Spec, json);
        Assert.True(result.IsTrue, result.Error ?? result.Value.ToString());
    }

    [Theory]
    [InlineData("self.replicas > 0", "{}", "no such key: replicas")]
    [InlineData("self.replicas > 0", """{"replicas":"a"}""", "invalid data, expected int, got string")]
    [InlineData("self.labels.x == ''", """{"labels":{}}""", "no such key: x")]
    public void What_is_not_there_is_told(string rule, string json, string error)
    {
        Assert.Equal(error, Rule.RunSelf(rule, Spec, json).Error);
    }

    [Fact]
    public void A_name_that_no_expression_can_write_is_no_field()
    {
        Assert.Null(FieldNames.Escape("9lives"));
        Assert.Null(FieldNames.Escape("a b"));
        Assert.Null(FieldNames.Escape(""));
        Assert.Contains("undefined field 'namespace'", Rule.Errors("self.namespace == ''", ("self", CelType.Of(Spec))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("foo", "foo")]
    [InlineData("true", "__true__")]
    [InlineData("a.b", "a__dot__b")]
    [InlineData("a__b", "a__underscores__b")]
    [InlineData("a-b", "a__dash__b")]
    [InlineData("a/b", "a__slash__b")]
    [InlineData("_a", "_a")]
    public void Names_are_escaped(string name, string escaped) => Assert.Equal(escaped, FieldNames.Escape(name));

    [Fact]
    public void Lists_of_keyed_items_compare_without_order_and_merge_by_key()
    {
        var type = CelType.Of(Spec);
        var environment = CelEnvironment.Kubernetes.With("self", type).With("oldSelf", type);
        var values = new CelActivation
        {
            ["self"] = CelValue.Of(JsonNode.Parse("""{"ports":[{"name":"a","port":1},{"name":"b","port":2}]}"""), type),
            ["oldSelf"] = CelValue.Of(JsonNode.Parse("""{"ports":[{"name":"b","port":2},{"name":"a","port":1}]}"""), type),
        };
        Assert.True(Rule.Run(environment, "self.ports == oldSelf.ports", values).IsTrue);
        values["oldSelf"] = CelValue.Of(JsonNode.Parse("""{"ports":[{"name":"c","port":3},{"name":"a","port":9}]}"""), type);
        Assert.False(Rule.Run(environment, "self.ports == oldSelf.ports", values).IsTrue);
        var merged = Rule.Run(environment, "(self.ports + oldSelf.ports).map(p, p.name + string(p.port))", values);
        Assert.Equal("""["a9","b2","c3"]""", merged.Value.ToString());
    }

    [Fact]
    public void An_embedded_resource_has_names_and_no_other_metadata()
    {
        var pod = CelType.OfResource(Rule.Object(("spec", Rule.Object()), ("metadata", Rule.Object(("labels", Rule.Text())))));
        var environment = CelEnvironment.Kubernetes.With("self", pod);
        Assert.Empty(environment.Compile("self.kind == 'Pod' && self.apiVersion == 'v1' && self.metadata.name.size() < 9 && has(self.metadata.generateName)").Errors);
        Assert.Equal("undefined field 'labels'", Assert.Single(environment.Compile("self.metadata.labels == ''").Errors).Message);
    }

    [Fact]
    public void A_schema_that_contains_itself_has_a_type()
    {
        Schema? node = null;
        node = new(SchemaType.Object, fields: () => [new("next", node!, false, FieldSemantic.None), new("value", Rule.Text(), false, FieldSemantic.None)]);
        Assert.True(Rule.RunSelf("self.next.next.value == 'x'", node, """{"next":{"next":{"value":"x"}}}""").IsTrue);
    }
}
