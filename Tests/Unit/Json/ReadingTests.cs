using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Shared.Json;
using Xunit;

namespace Tests.Unit.Json;

/// <summary>The same words read the same from a tree, from stored bytes and from their tokens.</summary>
public sealed class ReadingTests
{
    public static TheoryData<string> Values { get; } =
    [
        "null", "true", "false", "0", "-7", "2147483648", "1.5", "\"\"", "\"text\"", "\"2030-01-01T00:00:00Z\"", "[]", "[\"a\",1,null,\"b\"]", "[{\"x\":1},2,{\"x\":2}]", "{}",
        "{\"b\":\"text\"}", "{\"b\":{\"c\":7}}", "{\"b\":[{}]}", "{\"b\":null,\"c\":\"d\"}",
    ];

    [Theory]
    [MemberData(nameof(Values))]
    public void Tree_and_bytes_read_alike(string value)
    {
        var json = $$"""{"a":{{value}}}""";
        var (tree, bytes) = (JsonNode.Parse(json), JsonDocument.Parse(json).RootElement);
        foreach (var path in (string[][])[["a"], ["a", "b"], ["a", "b", "c"], ["missing", "b"]])
        {
            Assert.Equal(tree.Text(path), bytes.Text(path));
            Assert.Equal(tree.Number(path), bytes.Number(path));
            Assert.Equal(tree.Flag(path), bytes.Flag(path));
            Assert.Equal(tree.Time(path), bytes.Time(path));
            Assert.Equal(tree.Texts(path), bytes.Texts(path));
            Assert.Equal(tree.Child(path) is not null, bytes.Child(path) is not null);
            Assert.Equal(tree.Objects(path).Select(one => one.ToJsonString()), bytes.Objects(path).Select(one => one.GetRawText()));
        }
    }

    [Theory]
    [MemberData(nameof(Values))]
    public void Tokens_read_what_bytes_read_and_end_where_the_next_member_begins(string value)
    {
        var json = Encoding.UTF8.GetBytes($$"""{"first":{{value}},"a":{{value}},"last":1}""");
        var bytes = JsonDocument.Parse(json).RootElement;
        Assert.Equal(bytes.Text("a"), Token(json, static (ref reader) => reader.Text()));
        Assert.Equal(bytes.Number("a"), Token(json, static (ref reader) => reader.Number()));
        Assert.Equal(bytes.Flag("a"), Token(json, static (ref reader) => reader.Flag()));
        Assert.Equal(bytes.Time("a"), Token(json, static (ref reader) => reader.Time()));
        Assert.Equal(bytes.Texts("a"), Token(json, static (ref reader) => reader.Texts()));
        Assert.Equal(bytes.Text("a") == "text", Token(json, static (ref reader) => reader.IsText("text"u8)));
    }

    [Fact]
    public void Number_that_was_set_reads_as_one_that_was_parsed() => Assert.Equal(7, new JsonObject { ["n"] = 7 }.Number("n"));

    [Fact]
    public void Member_is_found_behind_others_and_not_inside_them()
    {
        var reader = new Utf8JsonReader("""{"x":{"a":1},"y":[{"a":2}],"a":3}"""u8);
        reader.Read();
        Assert.True(reader.MoveTo("a"u8));
        Assert.Equal(3, reader.GetInt32());
        Assert.False(reader.MoveTo("b"u8));
    }

    private delegate T Read<T>(ref Utf8JsonReader reader);

    private static T Token<T>(byte[] json, Read<T> read)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (reader.NextMember())
        {
            if (!reader.ValueTextEquals("a"u8))
            {
                reader.Pass();
                continue;
            }
            var found = read(ref reader);
            Assert.True(reader.NextMember() && reader.ValueTextEquals("last"u8));
            return found;
        }
        throw new InvalidOperationException("The member was not reached.");
    }
}
