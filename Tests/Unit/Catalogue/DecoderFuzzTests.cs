using System.Text;
using System.Text.Json.Nodes;
using ControlPlane.Catalogue.Decoding;
using ControlPlane.Objects;
using CsCheck;
using Tests.Unit.Schemas;
using Xunit;

namespace Tests.Unit.Catalogue;

public sealed class DecoderFuzzTests
{
    private static readonly KindDefinition[] Kinds = [.. Widgets.Catalogue.All];

    private static readonly byte[][] Seeds =
    [
        """{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a","labels":{"x":"y"}},"spec":{"replicas":3,"template":{"spec":{"containers":[{"name":"c","ports":[{"containerPort":80}]}]}}}}"""u8.ToArray(),
        "apiVersion: v1\nkind: ConfigMap\nmetadata: &m\n  name: a\ndata:\n  <<: *m\n  k: |\n    text\n  'q': \"x\\n\"\n"u8.ToArray(),
    ];

    [Fact]
    public void Random_bytes_never_throw() => Gen.Select(Gen.Byte.Array[0, 60], Gen.Int[0, Kinds.Length - 1], Gen.Bool).Sample((body, kind, yaml) => Survives(body, kind, yaml), iter: 5_000);

    [Fact]
    public void Random_yaml_text_never_throws() =>
        Gen.Select(Gen.Char["abn:-?!&*|>%@`'\"{}[],#~<= \n\t\r0123.\\_xo\u0085\u2028\ufeff\ud800"].Array[0, 40], Gen.Int[0, Kinds.Length - 1])
            .Sample((body, kind) => Survives(Encoding.UTF8.GetBytes(body), kind, true), iter: 10_000);

    [Fact]
    public void Damaged_manifests_never_throw() =>
        Gen.Select(Gen.Int[0, Seeds.Length - 1], Gen.Select(Gen.Int[0, 1000], Gen.Byte).Array[1, 4], Gen.Int[0, Kinds.Length - 1], Gen.Bool)
            .Sample((seed, changes, kind, yaml) =>
            {
                var body = Seeds[seed].ToArray();
                foreach (var (at, value) in changes) body[at % body.Length] = value;
                return Survives(body, kind, yaml);
            }, iter: 5_000);

    [Fact]
    public void Random_json_yields_an_object_that_decodes_to_itself() =>
        Gen.Select(Node(4), Gen.Int[0, Kinds.Length - 1]).Sample((node, index) =>
        {
            var first = ObjectDecoder.Decode(Encoding.UTF8.GetBytes(node?.ToJsonString() ?? "null"), "", Kinds[index], FieldValidation.Ignore);
            if (first.Object is null) return first.Rejection is { Code: 400 };
            var second = ObjectDecoder.Check(first.Object, Kinds[index], FieldValidation.Strict);
            return second.Rejection is null && JsonNode.DeepEquals(first.Object, second.Object);
        }, iter: 5_000);

    private static bool Survives(byte[] body, int kind, bool yaml)
    {
        var outcome = ObjectDecoder.Decode(body, yaml ? "application/yaml" : "application/json", Kinds[kind], FieldValidation.Warn);
        return (outcome.Object is null) != (outcome.Rejection is null);
    }

    /// <summary>Trees whose names are often those of real fields.</summary>
    private static Gen<JsonNode?> Node(int depth)
    {
        var leaf = Gen.OneOf(
            Gen.Const(0).Select(_ => (JsonNode?)null),
            Gen.Int[-3, 70_000].Select(value => (JsonNode?)JsonValue.Create(value)),
            Gen.Bool.Select(value => (JsonNode?)JsonValue.Create(value)),
            Choose("a", "500m", "2024-01-01T00:00:00Z", "aGVsbG8=", "").Select(value => (JsonNode?)JsonValue.Create(value)));
        if (depth == 0) return leaf;
        var name = Choose("metadata", "spec", "status", "data", "name", "labels", "containers", "template", "items", "ports", "replicas", "cpu", "zzz", "rules");
        var map = Gen.Select(name, Node(depth - 1)).List[0, 4].Select(members =>
        {
            var made = new JsonObject();
            foreach (var (key, value) in members) made[key] = value?.DeepClone();
            return (JsonNode?)made;
        });
        var list = Node(depth - 1).List[0, 3].Select(items => (JsonNode?)new JsonArray([.. items.Select(item => item?.DeepClone())]));
        return Gen.Frequency((1, leaf), (4, map), (1, list));
    }

    private static Gen<string> Choose(params string[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);
}
