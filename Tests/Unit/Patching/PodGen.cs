using System.Text.Json.Nodes;
using CsCheck;

namespace Tests.Unit.Patching;

/// <summary>Generates the parts of pods that merge in different ways, over few names so that two pods overlap.</summary>
internal static class PodGen
{
    private static readonly Gen<string> Value = Gen.OneOf("1", "2", "3");

    private static readonly Gen<JsonNode> Env = Keyed("name", ["X", "Y", "Z"], Member("value", Value.Select(Node)));

    private static readonly Gen<JsonNode> Containers = Keyed("name", ["a", "b", "c", "d"],
        Member("image", Value.Select(Node)), Member("env", Env), Member("args", Value.Array[0, 2].Select(List)),
        Member("ports", Keyed("containerPort", [80, 81, 82], Member("name", Value.Select(Node)))));

    private static readonly Gen<JsonNode> Labels = Gen.Dictionary(Gen.OneOf("p", "q", "r"), Value)[0, 3].Select(labels =>
        (JsonNode)new JsonObject([.. labels.Select(label => KeyValuePair.Create(label.Key, (JsonNode?)label.Value))]));

    private static readonly Gen<JsonNode> Finalizers = Some(3).Select(chosen => List([.. chosen.Select(i => $"f/{i}")]));

    public static Gen<JsonObject> Pod { get; } = Gen.Select(
        Object(Member("labels", Labels), Member("finalizers", Finalizers)),
        Object(Member("containers", Containers), Member("initContainers", Containers), Member("hostname", Value.Select(Node)), Member("nodeSelector", Labels)),
        (metadata, spec) => new JsonObject { ["metadata"] = metadata.DeepClone(), ["spec"] = spec.DeepClone() });

    private static Gen<JsonNode> Keyed(string key, JsonNode[] keys, params Gen<(string, JsonNode?)>[] members) =>
        Gen.Select(Some(keys.Length), Object(members).Array[keys.Length], (chosen, items) =>
        {
            var list = new JsonArray();
            foreach (var i in chosen)
            {
                var item = (JsonObject)items[i].DeepClone();
                item[key] = keys[i].DeepClone();
                list.Add(item);
            }
            return (JsonNode)list;
        });

    /// <summary>Some of the first numbers, each once, in any order.</summary>
    private static Gen<int[]> Some(int most) => Gen.Int[0, most - 1].Array[0, most].Select(picked => picked.Distinct().ToArray());

    private static Gen<JsonNode> Object(params Gen<(string Name, JsonNode? Value)>[] members)
    {
        var all = Gen.Const(() => new JsonObject());
        foreach (var member in members)
        {
            all = Gen.Select(all, member, (made, next) =>
            {
                var more = (JsonObject)made.DeepClone();
                if (next.Value is { } value) more[next.Name] = value.DeepClone();
                return more;
            });
        }
        return all.Select(made => (JsonNode)made);
    }

    private static Gen<(string, JsonNode?)> Member(string name, Gen<JsonNode> value) =>
        Gen.Select(Gen.Bool, value, (there, node) => (name, there ? node : null));

    private static JsonNode Node(string text) => JsonValue.Create(text)!;

    private static JsonNode List(string[] items) => new JsonArray([.. items.Select(Node)]);
}
