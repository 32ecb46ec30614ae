using System.Text;
using System.Text.Json.Nodes;
using ControlPlane.Catalogue.Decoding;
using ControlPlane.Catalogue.Patching;
using ControlPlane.Catalogue.Printing;
using ControlPlane.Gateway;
using ControlPlane.Objects;
using ControlPlane.Objects.Patching;
using CsCheck;
using Shared.Api;
using Shared.Json;
using Tests.Support;
using Xunit;

namespace Tests.Unit.Objects;

/// <summary>What is accepted can be read back by every reader; what cannot is refused before it is an event.</summary>
public sealed class ObjectLimitsTests
{
    private static readonly Requester By = new("someone", "test", []);
    private static readonly ObjectKey Key = new("apps", "controllerrevisions", "default", "deep");
    private static readonly KindDefinition Kind = TestCatalogue.Default.FindStored(Key.GroupResource)!;

    private static readonly string[] Leaves = ["1", "\"\\u0000é\"", "\"\\ud800\"", "null", "[]", "1e400", "{\"a\":1,\"a\":2}"];

    /// <summary>Objects nested in each other, this many.</summary>
    private static string Nested(int depth) => string.Concat(Enumerable.Repeat("""{"a":""", depth)) + "1" + new string('}', depth);

    private static byte[] Revision(string data) => Encoding.UTF8.GetBytes($$"""{"metadata":{"name":"deep"},"revision":1,"data":{{data}}}""");

    private static StoredObject? Store(byte[] body, out ApiStatus? refusal)
    {
        var decoded = ObjectDecoder.DecodeJson(body, Kind, FieldValidation.Strict);
        refusal = decoded.Rejection;
        if (refusal is not null) return null;
        return Store(new CreateObject(Key, decoded.Object!, By), null, out refusal);
    }

    private static StoredObject? Store(ObjectCommand command, StoredObject? state, out ApiStatus? refusal)
    {
        var decision = ObjectDecider.Decide(Kind, state, command, DateTimeOffset.UnixEpoch);
        refusal = decision.Rejection;
        if (decision.Event is not { } stored) return null;
        stored.Committed((state?.Revision ?? 6) + 1);
        return stored.ToStored();
    }

    /// <summary>Reads a stored object in every way the product reads one.</summary>
    private static void ReadBack(StoredObject stored)
    {
        Assert.Equal("deep", stored.ToJsonObject().Metadata().Text("name"));
        Assert.NotEqual("", ObjectHeader.Scan(stored.Json.Span).Uid);
        Assert.NotEmpty(YamlWriter.FromJson(stored.Json.Span).ToArray());
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        TablePrinter.Write(output, Kind, [stored], [stored.Json], new TableOptions { Now = DateTimeOffset.UnixEpoch, ResourceVersion = 7, IncludeObject = IncludeObject.Object, MetaVersion = "v1" });
        PartialObjectMetadata.Write(output, stored, "v1");
        Assert.True(new JsonBytes(stored.Json.ToArray()).ToJsonObject().ContainsKey("revision"));
    }

    [Theory]
    [InlineData(62)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(80)]
    [InlineData(ObjectLimits.MaxDepth - 1)]
    public void Object_as_deep_as_the_limit_can_be_read_back(int data)
    {
        var stored = Store(Revision(Nested(data)), out var refusal);
        Assert.Null(refusal);
        ReadBack(stored!);
    }

    [Theory]
    [InlineData(ObjectLimits.MaxDepth)]
    [InlineData(ObjectLimits.MaxDepth + 1)]
    [InlineData(5000)]
    public void Deeper_body_is_refused_with_its_field(int data)
    {
        Assert.Null(Store(Revision(Nested(data)), out var refusal));
        Assert.Equal(400, refusal!.Code);
        Assert.Contains("in field data.a.a", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Deeper_object_of_the_control_plane_itself_is_refused_with_its_field()
    {
        JsonNode data = new JsonObject();
        for (var i = 0; i < ObjectLimits.MaxDepth; i++) data = new JsonObject { ["a"] = data };
        var stored = Store(Revision("1"), out _)!;
        Assert.Null(Store(new PatchObject(Key, new DeeperPatch(), "", By), stored, out var refusal));
        Assert.Equal((422, "data.a.a.a.a.a…"), (refusal!.Code, Assert.Single(refusal.Causes).Field));
        Assert.ThrowsAny<System.Text.Json.JsonException>(() => new ObjectStored(Key, ObjectJson.ToUtf8(new JsonObject { ["metadata"] = new JsonObject { ["name"] = "deep" }, ["data"] = data }), false, new("", "", "", default)));
    }

    [Theory]
    [InlineData(PatchFormat.Merge, """{"data":%}""", 400)]
    [InlineData(PatchFormat.StrategicMerge, """{"data":%}""", 400)]
    [InlineData(PatchFormat.Json, """[{"op":"add","path":"/data","value":%}]""", 400)]
    [InlineData(PatchFormat.Json, """[{"op":"add","path":"/data/b","value":{}},{"op":"add","path":"/data/b/c","value":@}]""", 422)]
    public void Patch_that_makes_a_deeper_object_is_refused(PatchFormat format, string patch, int code)
    {
        var stored = Store(Revision("""{"a":1}"""), out _)!;
        var body = Encoding.UTF8.GetBytes(patch.Replace("%", Nested(ObjectLimits.MaxDepth), StringComparison.Ordinal).Replace("@", Nested(ObjectLimits.MaxDepth - 2), StringComparison.Ordinal));
        Assert.Null(Store(new PatchObject(Key, new ClientPatch(format, new(body), FieldValidation.Ignore), "", By), stored, out var refusal));
        Assert.Equal(code, refusal!.Code);
    }

    /// <summary>Any JSON as data, mostly near the limit: whatever is accepted can be read back, as it is and after the journal.</summary>
    [Fact]
    public void Whatever_is_accepted_can_be_read_back() =>
        Gen.Select(Gen.Int[0, 3], Gen.Int[ObjectLimits.MaxDepth - 6, ObjectLimits.MaxDepth + 2], Gen.Int[0, 6].Select(i => Leaves[i])).Sample(given =>
        {
            var (shape, depth, leaf) = given;
            var nested = shape switch
            {
                0 => Nested(depth).Replace(":1}", $":{leaf}}}", StringComparison.Ordinal),
                1 => new string('[', depth) + leaf + new string(']', depth),
                2 => $$"""{"x":{{leaf}},"y":{{Nested(depth)}}}""",
                _ => leaf,
            };
            if (Store(Revision(nested), out var refusal) is { } stored) ReadBack(stored);
            else Assert.InRange(refusal!.Code, 400, 422);
        }, iter: 300);

    [Fact]
    public void Object_of_the_largest_size_is_stored_and_a_larger_one_refused_by_whatever_verb()
    {
        var frame = Store(Revision("\"\""), out _)!.ToJsonObject();
        frame.Metadata().Remove("resourceVersion");
        var room = ObjectLimits.MaxBytes - ObjectJson.ToUtf8(frame).Length;
        var largest = Store(Revision($"\"{new string('x', room)}\""), out var refusal)!;
        Assert.Null(refusal);
        Assert.Null(Store(Revision($"\"{new string('x', room + 1)}\""), out refusal));
        TooLarge(refusal);

        var tree = largest.ToJsonObject();
        tree.Metadata()["labels"] = new JsonObject { ["a"] = "b" };
        Assert.Null(Store(new UpdateObject(Key, tree, "", By), largest, out refusal));
        TooLarge(refusal);
        Assert.Null(Store(new PatchObject(Key, new FieldPatch(new JsonObject { ["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["a"] = "b" } } }), "", By), largest, out refusal));
        TooLarge(refusal);
        var copies = """[{"op":"copy","from":"/data","path":"/metadata/annotations"}]""";
        Assert.Null(Store(new PatchObject(Key, new ClientPatch(PatchFormat.Json, new(Encoding.UTF8.GetBytes(copies)), FieldValidation.Ignore), "", By), largest, out refusal));
        Assert.InRange(refusal!.Code, 400, 422);
        Assert.NotNull(Store(new DeleteObject(Key, null, Propagation.Foreground, By), largest, out _));

        static void TooLarge(ApiStatus? refusal) => Assert.Equal((413, "RequestEntityTooLarge"), (refusal!.Code, refusal.Reason));
    }

    [Fact]
    public void Few_kilobytes_of_aliases_are_refused_before_they_are_written_out()
    {
        var yaml = new StringBuilder("metadata: {name: deep}\nrevision: 1\ndata:\n  a0: &a0 ").Append('x', 30_000).Append('\n');
        for (var i = 1; i < 6; i++) yaml.Append($"  a{i}: &a{i} [{string.Join(',', Enumerable.Repeat($"*a{i - 1}", 6))}]\n");
        var body = Encoding.UTF8.GetBytes(yaml.ToString());
        Assert.InRange(body.Length, 30_000, 71_680);
        ObjectDecoder.Decode(body, "application/yaml", Kind, FieldValidation.Strict);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var refusal = ObjectDecoder.Decode(body, "application/yaml", Kind, FieldValidation.Strict).Rejection;
        var spent = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(400, refusal!.Code);
        Assert.Contains("excessive aliasing", refusal.Message, StringComparison.Ordinal);
        Assert.InRange(spent, 0, 2_000_000);
    }

    private sealed record DeeperPatch : IObjectPatch
    {
        public PatchOutcome Apply(JsonObject current, KindDefinition kind)
        {
            JsonNode data = new JsonObject();
            for (var i = 0; i < ObjectLimits.MaxDepth; i++) data = new JsonObject { ["a"] = data };
            current["data"] = data;
            return current;
        }
    }
}
