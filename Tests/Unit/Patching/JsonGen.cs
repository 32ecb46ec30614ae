using System.Text.Json.Nodes;
using CsCheck;

namespace Tests.Unit.Patching;

/// <summary>Generates small JSON objects without null members, over few names so that two of them overlap.</summary>
internal static class JsonGen
{
    private static readonly Gen<string> Name = Gen.OneOf("a", "b", "c", "d~/e");

    public static Gen<JsonObject> Object { get; } = ObjectOf(3);

    private static Gen<JsonObject> ObjectOf(int depth) => Gen.Dictionary(Name, Value(depth))[0, 3].Select(members =>
    {
        var made = new JsonObject();
        foreach (var (name, value) in members) made[name] = value.DeepClone();
        return made;
    });

    private static Gen<JsonNode> Value(int depth)
    {
        var leaf = Gen.OneOf(
            Gen.Int[0, 3].Select(number => (JsonNode)JsonValue.Create(number)),
            Gen.Bool.Select(flag => (JsonNode)JsonValue.Create(flag)),
            Gen.OneOf("", "x", "y").Select(text => (JsonNode)JsonValue.Create(text)!));
        return depth == 0
            ? leaf
            : Gen.OneOf(leaf, ObjectOf(depth - 1).Select(made => (JsonNode)made), leaf.Array[0, 3].Select(items => (JsonNode)new JsonArray([.. items.Select(item => item.DeepClone())])));
    }
}
