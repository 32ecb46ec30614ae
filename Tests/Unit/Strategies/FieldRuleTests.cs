using System.Text.Json.Nodes;
using ControlPlane.Objects;
using Xunit;

namespace Tests.Unit.Strategies;

/// <summary>The rules that kinds declare as data, in Kubernetes' words.</summary>
public sealed class FieldRuleTests
{
    [Theory]
    [InlineData("{}", "spec.a: Required value")]
    [InlineData("""{"spec":{"a":""}}""", "spec.a: Required value")]
    [InlineData("""{"spec":{"a":[]}}""", "spec.a: Required value")]
    [InlineData("""{"spec":{"a":0}}""", null)]
    [InlineData("""{"spec":{"a":{}}}""", null)]
    public void Required_field_is_there_and_not_empty(string json, string? fault) => AssertFaults(FieldRule.Required("spec.a"), json, fault);

    [Fact]
    public void Path_goes_into_each_item()
    {
        AssertFaults(FieldRule.Required("list[].name"), """{"list":[{"name":"a"},{},{"name":""}]}""", "list[1].name: Required value", "list[2].name: Required value");
        AssertFaults(FieldRule.Required("list[].name"), "{}");
    }

    [Theory]
    [InlineData("""{"a":"x"}""", "a: Unsupported value: \"x\": supported values: \"B\", \"a\"")]
    [InlineData("""{"a":"B"}""", null)]
    [InlineData("{}", null)]
    public void Enumerated_text_is_one_of_the_values_which_are_named_in_order(string json, string? fault) => AssertFaults(FieldRule.Enumerated("a", "a", "B"), json, fault);

    [Theory]
    [InlineData("""{"a":0}""", "a: Invalid value: 0: must be greater than 0")]
    [InlineData("""{"a":1}""", null)]
    [InlineData("{}", null)]
    public void Number_has_a_least_value(string json, string? fault) => AssertFaults(FieldRule.AtLeast("a", 1, "must be greater than 0"), json, fault);

    [Theory]
    [InlineData("""{"spec":{}}""", """{"spec":{"a":"x"}}""")]
    [InlineData("""{"spec":{"a":""}}""", """{"spec":{"a":"x"}}""")]
    [InlineData("""{"spec":{"a":"y"}}""", """{"spec":{"a":"y"}}""")]
    [InlineData("{}", "{}")]
    public void Default_fills_what_is_absent_in_what_is_there(string json, string expected)
    {
        var tree = Parse(json);
        FieldRule.Defaulted("spec.a", "x").ApplyDefault(tree);
        Assert.Equal(expected, tree.ToJsonString());
    }

    [Fact]
    public void Default_may_be_of_any_type_and_is_made_anew_each_time()
    {
        var rule = FieldRule.Defaulted("list[].modes", new JsonArray("x"));
        var tree = Parse("""{"list":[{},{"modes":[]},{"modes":["y"]}]}""");
        rule.ApplyDefault(tree);
        Assert.Equal("""{"list":[{"modes":["x"]},{"modes":["x"]},{"modes":["y"]}]}""", tree.ToJsonString());
    }

    [Theory]
    [InlineData("""{"spec":{"a":{"b":1}}}""", """{"spec":{"a":{"b":1}}}""", null)]
    [InlineData("""{"spec":{"a":1}}""", """{"spec":{"a":2}}""", "spec.a: Invalid value: 2: field is immutable")]
    [InlineData("""{"spec":{"a":1}}""", "{}", "spec.a: Invalid value: null: field is immutable")]
    [InlineData("{}", """{"spec":{"a":1}}""", "spec.a: Invalid value: 1: field is immutable")]
    public void Immutable_field_stays(string before, string after, string? fault)
    {
        var errors = new FieldErrors();
        FieldRule.Immutable("spec.a").ValidateUpdate(Parse(after), Parse(before), errors);
        Assert.Equal(fault is null ? [] : [fault], Told(errors));
    }

    [Fact]
    public void Unchangeable_field_is_forbidden_to_change()
    {
        var errors = new FieldErrors();
        FieldRule.Unchangeable("value", "may not be changed in an update.").ValidateUpdate(Parse("""{"value":2}"""), Parse("""{"value":1}"""), errors);
        Assert.Equal(["value: Forbidden: may not be changed in an update."], Told(errors));
    }

    [Fact]
    public void Rule_for_updates_says_nothing_of_a_new_object() => AssertFaults(FieldRule.Immutable("a"), """{"a":1}""");

    private static void AssertFaults(FieldRule rule, string json, params string?[] faults)
    {
        var errors = new FieldErrors();
        rule.Validate(Parse(json), errors);
        Assert.Equal(faults.OfType<string>(), Told(errors));
    }

    private static string[] Told(FieldErrors errors) => [.. errors.Causes.Select(cause => $"{cause.Field}: {cause.Message}")];

    private static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();
}
