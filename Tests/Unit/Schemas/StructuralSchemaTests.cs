using System.Text.Json.Nodes;
using Xunit;

namespace Tests.Unit.Schemas;

/// <summary>What keeps a definition from being structural, as Kubernetes says it.</summary>
public sealed class StructuralSchemaTests
{
    [Theory]
    [InlineData("""{}""", "openAPIV3Schema.type: Required value: must not be empty at the root")]
    [InlineData("""{"type":"array","items":{"type":"string"}}""", "openAPIV3Schema.type: Invalid value: \"array\": must be object at the root")]
    [InlineData("""{"type":"object","properties":{"a":{}}}""", "openAPIV3Schema.properties[a].type: Required value: must not be empty for specified object fields")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"array","items":{}}}}""", "openAPIV3Schema.properties[a].items.type: Required value: must not be empty for specified array items")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"array"}}}""", "openAPIV3Schema.properties[a].items: Required value: must be specified")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"color"}}}""",
        "openAPIV3Schema.properties[a].type: Unsupported value: \"color\": supported values: \"array\", \"boolean\", \"integer\", \"number\", \"object\", \"string\"")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"object","properties":{"b":{"type":"string"}},"additionalProperties":{"type":"string"}}}}""",
        "openAPIV3Schema.properties[a].additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"string","x-kubernetes-int-or-string":true}}}""",
        "openAPIV3Schema.properties[a].type: Invalid value: \"string\": must be empty if x-kubernetes-int-or-string is true")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"string","x-kubernetes-list-type":"set"}}}""",
        "openAPIV3Schema.properties[a].type: Invalid value: \"string\": must be array if x-kubernetes-list-type is specified")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"array","items":{"type":"object"},"x-kubernetes-list-type":"map"}}}""",
        "openAPIV3Schema.properties[a].x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"array","items":{"type":"object","properties":{"k":{"type":"string"}}},"x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["k"]}}}""",
        "openAPIV3Schema.properties[a].items.properties[k].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"string","pattern":"("}}}""", "openAPIV3Schema.properties[a].pattern: Invalid value: \"(\": must be a valid regular expression, but isn't")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"integer","default":"x"}}}""", "openAPIV3Schema.properties[a].default: Invalid value: \"x\": json: cannot unmarshal string")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"integer","minimum":5,"default":1}}}""", "openAPIV3Schema.properties[a].default: Invalid value: 1: Invalid value: 1: default in body should be greater than or equal to 5")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"object","default":{"b":1}}}}""", "openAPIV3Schema.properties[a].default: Invalid value: {\"b\":1}: unknown field \"b\"")]
    [InlineData("""{"type":"object","oneOf":[{"properties":{"b":{"minimum":1}}}]}""", "properties[b]: Required value: because it is defined in openAPIV3Schema.oneOf[0].properties[b]")]
    [InlineData("""{"type":"object","not":{"description":"x"}}""", "openAPIV3Schema.not.description: Forbidden: must be empty to be structural")]
    [InlineData("""{"type":"object","properties":{"metadata":{"type":"object","properties":{"labels":{"type":"object"}}}}}""",
        "openAPIV3Schema.properties[metadata].properties[labels]: Forbidden: only restrictions on metadata.name and metadata.generateName are possible")]
    public void Definition_with_a_fault_says_where_and_what(string definition, string fault)
    {
        var cause = Assert.Single(Widgets.Faults(definition));
        Assert.StartsWith(fault, $"{cause.Field}: {cause.Message}", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("$ref", "\"#/a\"")]
    [InlineData("uniqueItems", "true")]
    [InlineData("patternProperties", "{}")]
    [InlineData("definitions", "{}")]
    [InlineData("dependencies", "{}")]
    public void Keyword_that_is_not_honoured_is_refused(string keyword, string value) =>
        Assert.Equal($"openAPIV3Schema.properties[a].{keyword}", Assert.Single(Widgets.Faults($$$$"""{"type":"object","properties":{"a":{"type":"string","{{{{keyword}}}}":{{{{value}}}}}}}""")).Field);

    [Fact]
    public void Nesting_has_a_bound()
    {
        JsonNode node = new JsonObject { ["type"] = "string" };
        for (var i = 0; i < 80; i++) node = new JsonObject { ["type"] = "object", ["properties"] = new JsonObject { ["a"] = node } };
        Assert.Contains(Widgets.Faults(node.AsObject()), cause => cause.Message.Contains("may not be nested more than", StringComparison.Ordinal));
    }

    [Fact]
    public void Name_may_be_restricted()
    {
        var kind = Widgets.Of("""{"type":"object","properties":{"metadata":{"type":"object","properties":{"name":{"type":"string","maxLength":2}}}}}""");
        var errors = new ControlPlane.Objects.FieldErrors();
        kind.Validate(JsonNode.Parse("""{"metadata":{"name":"abc"}}""")!.AsObject(), errors);
        Assert.Equal("metadata.name", Assert.Single(errors.Causes).Field);
    }
}
