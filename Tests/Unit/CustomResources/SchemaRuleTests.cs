using System.Text.Json.Nodes;
using ControlPlane.CustomResources;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;
using Xunit;

namespace Tests.Unit.CustomResources;

/// <summary>x-kubernetes-validations: what definitions are refused for, and what objects are.</summary>
public sealed class SchemaRuleTests
{
    private static readonly DateTimeOffset Now = new(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly Requester By = new("someone", "test", []);

    [Theory]
    [InlineData("""{"rule":"self.nothing > 1"}""", "x-kubernetes-validations[0].rule: Invalid value: \"self.nothing > 1\": compilation failed: ERROR: <input>:1:5: undefined field 'nothing'")]
    [InlineData("""{"rule":"self.size"}""", "cel expression must evaluate to a bool")]
    [InlineData("""{"rule":""}""", "x-kubernetes-validations[0].rule: Required value")]
    [InlineData("""{"rule":"self.size > 1","messageExpression":"self.size"}""", "must evaluate to a string")]
    [InlineData("""{"rule":"self.size > 1","reason":"Because"}""", "x-kubernetes-validations[0].reason: Unsupported value")]
    [InlineData("""{"rule":"self.size > 1","fieldPath":".nothing"}""", "x-kubernetes-validations[0].fieldPath: Invalid value")]
    [InlineData("""{"rule":"self.size > 1","optionalOldSelf":true}""", "may not be set if oldSelf is not used in rule")]
    [InlineData("""{"rule":"self.parts.all(x, self.parts.all(y, self.parts.all(z, x.name == y.name || y.name == z.name)))"}""", "estimated rule cost exceeds budget by factor of more than 100x")]
    public void Rule_that_can_not_be_used_is_refused_with_its_place(string rule, string message)
    {
        var refusal = ObjectDecider.Decide(Definitions.Kind, null, new CreateObject(Definitions.Key(), Definition(rule), By), Now).Rejection;
        Assert.NotNull(refusal);
        Assert.Contains("spec.versions[0].schema.openAPIV3Schema.properties[spec].x-kubernetes-validations[0]", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"rule":"self.size > 1"}""", """{"size":1}""", "spec: Invalid value: \"object\": failed rule: self.size > 1")]
    [InlineData("""{"rule":"self.size > 1","message":"too small"}""", """{"size":1}""", "spec: Invalid value: \"object\": too small")]
    [InlineData("""{"rule":"self.size > 1","messageExpression":"'size is ' + string(self.size)","fieldPath":".size","reason":"FieldValueForbidden"}""", """{"size":1}""", "spec.size: Forbidden: size is 1")]
    [InlineData("""{"rule":"self.size > 1"}""", "{}", "spec: Invalid value: \"object\": rule evaluation error: no such key: size evaluating rule: self.size > 1")]
    [InlineData("""{"rule":"!has(self.size) || self.size > 1"}""", "{}", "")]
    [InlineData("""{"rule":"self.size == oldSelf.size"}""", """{"size":1}""", "")]
    [InlineData("""{"rule":"oldSelf.hasValue() || self.size == 3","optionalOldSelf":true}""", """{"size":1}""", "failed rule")]
    [InlineData("""{"rule":"self.color == 'red'"}""", """{"size":1}""", "")]
    public void New_object_is_held_to_the_rules(string rule, string spec, string message) => Told(Write(rule, null, spec), message);

    [Theory]
    [InlineData("""{"rule":"self.size >= oldSelf.size","message":"may not shrink"}""", """{"size":3}""", """{"size":2}""", "may not shrink")]
    [InlineData("""{"rule":"self.size >= oldSelf.size","message":"may not shrink"}""", """{"size":3}""", """{"size":4}""", "")]
    [InlineData("""{"rule":"oldSelf.hasValue() || self.size == 3","optionalOldSelf":true}""", """{"size":3}""", """{"size":1}""", "")]
    [InlineData("""{"rule":"self.size > 5"}""", """{"size":1}""", """{"size":2}""", "failed rule")]
    [InlineData("""{"rule":"self.size > 5"}""", """{"size":1}""", """{"size":1}""", "")]
    public void Change_is_held_to_the_rules_and_what_was_there_is_not(string rule, string before, string after, string message) => Told(Write(rule, before, after), message);

    [Fact]
    public void Rules_below_lists_see_what_their_item_was()
    {
        const string Rule = """{"rule":"self.weight >= oldSelf.weight","message":"lighter"}""";
        var definition = Definitions.Widgets(made => made.Version()["schema"]!["openAPIV3Schema"]!["properties"]!["spec"]!["properties"]!["parts"]!["items"]!["x-kubernetes-validations"] = new JsonArray(JsonNode.Parse(Rule)));
        var before = """{"parts":[{"name":"a","weight":1},{"name":"b","weight":5}]}""";
        Told(Write(definition, before, """{"parts":[{"name":"b","weight":6},{"name":"a","weight":1},{"name":"c","weight":0}]}"""), "");
        Told(Write(definition, before, """{"parts":[{"name":"b","weight":4},{"name":"a","weight":1}]}"""), "spec.parts[0]: Invalid value: \"object\": lighter");
    }

    [Fact]
    public void Rules_of_one_object_share_what_they_may_cost()
    {
        // Within the estimate of each, but far too much for all items together: the object is refused, and soon.
        const string Rule = """{"rule":"self.name.matches('(a+)+b')"}""";
        var definition = Definitions.Widgets(made =>
        {
            var parts = made.Version()["schema"]!["openAPIV3Schema"]!["properties"]!["spec"]!["properties"]!["parts"]!;
            parts["maxItems"] = 50;
            parts["items"]!["properties"]!["name"]!["maxLength"] = 1000;
            parts["items"]!["x-kubernetes-validations"] = new JsonArray(JsonNode.Parse(Rule));
        });
        var refusal = Write(definition, null, $$$"""{"parts":[{"name":"{{{new string('a', 900)}}}"}]}""").Rejection;
        Assert.Contains("failed rule", refusal!.Message, StringComparison.Ordinal);
    }

    private static void Told(Decision decision, string message)
    {
        if (message.Length == 0) Assert.Null(decision.Rejection?.Message);
        else Assert.Contains(message, decision.Rejection?.Message ?? "accepted", StringComparison.Ordinal);
    }

    private static JsonObject Definition(string rule) => Definitions.Widgets(definition =>
        definition.Version()["schema"]!["openAPIV3Schema"]!["properties"]!["spec"]!["x-kubernetes-validations"] = new JsonArray(JsonNode.Parse(rule)));

    private static Decision Write(string rule, string? before, string after) => Write(Definition(rule), before, after);

    /// <summary>Writes an object over one that was stored before there were rules.</summary>
    private static Decision Write(JsonObject definition, string? before, string after)
    {
        var stored = Commit(ObjectDecider.Decide(Definitions.Kind, null, new CreateObject(Definitions.Key(), definition, By), Now));
        var kind = CustomKind.Of(stored).Versions.Single();
        var key = new ObjectKey(kind.Group, kind.Plural, "default", "w");
        if (before is null) return ObjectDecider.Decide(kind, null, new CreateObject(key, Widget(after), By), Now);
        var old = Commit(ObjectDecider.Decide(kind with { Strategy = KindStrategy.Default }, null, new CreateObject(key, Widget(before), By), Now));
        var updated = old.ToJsonObject();
        updated["spec"] = JsonNode.Parse(after);
        updated.Metadata()["labels"] = new JsonObject { ["touched"] = "yes" };
        return ObjectDecider.Decide(kind, old, new UpdateObject(key, updated, "", By), Now);
    }

    private static JsonObject Widget(string spec) => new() { ["apiVersion"] = "shop.example.com/v1", ["kind"] = "Widget", ["metadata"] = new JsonObject { ["name"] = "w" }, ["spec"] = JsonNode.Parse(spec) };

    private static StoredObject Commit(Decision decision)
    {
        Assert.Null(decision.Rejection?.Message);
        decision.Event!.Committed(7);
        return decision.Event.ToStored();
    }
}
