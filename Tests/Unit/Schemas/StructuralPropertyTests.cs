using System.Text;
using System.Text.Json.Nodes;
using ControlPlane.Catalogue.Decoding;
using ControlPlane.Catalogue.Schemas;
using ControlPlane.Objects;
using ControlPlane.Objects.Schemas;
using CsCheck;
using Tests.Unit.Patching;
using Xunit;

namespace Tests.Unit.Schemas;

/// <summary>What holds for every structural schema and every object, whatever they are.</summary>
public sealed class StructuralPropertyTests
{
    private static readonly string[] Names = ["a", "b", "c", "d~/e"];

    [Fact]
    public void Object_that_was_decoded_decodes_to_itself()
    {
        var decoded = 0;
        Cases().Sample((definition, tree) =>
        {
            var kind = Kind(definition);
            var first = Decode(kind, tree, FieldValidation.Ignore);
            if (first is null) return true;
            Interlocked.Increment(ref decoded);
            var second = ObjectDecoder.Check(first, kind, FieldValidation.Strict);
            return second.Rejection is null && JsonNode.DeepEquals(first, second.Object);
        }, iter: 3_000);
        Assert.True(decoded > 300, $"Only {decoded} objects fitted their schema: too few to tell anything.");
    }

    [Fact]
    public void Defaults_leave_nothing_to_default_and_fit_their_schema() => Cases().Sample((definition, tree) =>
    {
        var kind = Kind(definition);
        if (Decode(kind, tree, FieldValidation.Ignore) is not { } made) return true;
        SchemaDefaults.Apply(made, kind.Schema);
        var again = made.DeepClone().AsObject();
        SchemaDefaults.Apply(again, kind.Schema);
        return JsonNode.DeepEquals(made, again) && ObjectDecoder.Check(made, kind, FieldValidation.Strict).Rejection is null;
    }, iter: 3_000);

    [Fact]
    public void Fault_names_a_field_that_may_be_there() => Cases().Sample((definition, tree) =>
    {
        var kind = Kind(definition);
        if (Decode(kind, tree, FieldValidation.Ignore) is not { } made) return true;
        var errors = new FieldErrors();
        SchemaValidation.Validate(made, kind.Schema, errors);
        return errors.Causes.All(cause => cause.Message.Length > 0 && cause.Field.Split('.', '[')[0] is var root && (root.Length == 0 || kind.Schema.Field(root) is not null));
    }, iter: 3_000);

    [Fact]
    public void Every_definition_is_taken_or_its_faults_are_told() =>
        JsonGen.Object.Sample(definition =>
        {
            var text = definition.ToJsonString().Replace("\"a\"", "\"type\"", StringComparison.Ordinal).Replace("\"b\"", "\"properties\"", StringComparison.Ordinal).Replace("\"x\"", "\"object\"", StringComparison.Ordinal);
            var read = JsonNode.Parse(text)!.AsObject();
            StructuralSchema.Read(read, Widgets.Gvk, "s", out var faults);
            return faults.All(fault => fault.Field.Length > 0) && (faults.Length > 0 || (string?)read["type"] == "object");
        }, iter: 3_000);

    private static KindDefinition Kind(JsonObject definition) => Widgets.Of(definition.ToJsonString());

    private static JsonObject? Decode(KindDefinition kind, JsonObject tree, FieldValidation mode) =>
        ObjectDecoder.DecodeJson(Encoding.UTF8.GetBytes(tree.ToJsonString()), kind, mode).Object;

    private static Gen<(JsonObject Definition, JsonObject Tree)> Cases() => Gen.Select(Node(3).Select(node => Root(node)), JsonGen.Object, (definition, tree) => (definition, tree));

    private static JsonObject Root(JsonObject node) => new() { ["type"] = "object", ["properties"] = new JsonObject { ["a"] = node.DeepClone(), ["b"] = node.DeepClone() } };

    private static Gen<JsonObject> Node(int depth)
    {
        var leaf = Gen.OneOf(
            Gen.Const("""{"type":"string","default":"x","maxLength":3}"""),
            Gen.Const("""{"type":"string","enum":["x","y"]}"""),
            Gen.Const("""{"type":"integer","minimum":1}"""),
            Gen.Const("""{"type":"integer","default":2,"nullable":true}"""),
            Gen.Const("""{"type":"boolean"}"""),
            Gen.Const("""{"type":"object","x-kubernetes-preserve-unknown-fields":true}"""),
            Gen.Const("""{"x-kubernetes-int-or-string":true}""")).Select(text => JsonNode.Parse(text)!.AsObject());
        if (depth == 0) return leaf;
        var below = Node(depth - 1);
        var map = below.Select(values => new JsonObject { ["type"] = "object", ["additionalProperties"] = values.DeepClone() });
        var list = below.Select(items => new JsonObject { ["type"] = "array", ["items"] = items.DeepClone(), ["maxItems"] = 2 });
        var @object = Gen.Select(below.Array[Names.Length], Gen.Int[0, Names.Length - 1], Gen.Bool).Select((fields, required, open) =>
        {
            var properties = new JsonObject();
            for (var i = 0; i < Names.Length; i++) properties[Names[i]] = fields[i].DeepClone();
            var made = new JsonObject { ["type"] = "object", ["properties"] = properties, ["required"] = new JsonArray(Names[required]) };
            if (open) made["x-kubernetes-preserve-unknown-fields"] = true;
            return made;
        });
        return Gen.Frequency((1, leaf), (2, map), (2, list), (4, @object));
    }
}
