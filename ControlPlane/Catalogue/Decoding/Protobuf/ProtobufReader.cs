using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Shared.Api;

namespace ControlPlane.Catalogue.Decoding.Protobuf;

/// <summary>Builds the tree of a message. What it meets that it does not know it passes over.</summary>
internal static class ProtobufReader
{
    /// <summary>The deepest nesting of messages that is read.</summary>
    private const int MaxDepth = 64;

    /// <exception cref="InvalidProtocolBufferException">The bytes are not such a message.</exception>
    /// <exception cref="FormatException">A value is not of its field's type, or out of its range.</exception>
    /// <exception cref="JsonException">JSON within the message is not JSON.</exception>
    public static JsonObject Read(ByteString bytes, FrozenDictionary<int, ProtobufField> fields) => Into([], bytes, fields, 0);

    private static JsonObject Into(JsonObject made, ByteString bytes, FrozenDictionary<int, ProtobufField> fields, int depth)
    {
        if (depth > MaxDepth) throw Bad($"messages are nested more than {MaxDepth} deep");
        var input = bytes.CreateCodedInput();
        while (input.ReadTag() is var tag and not 0)
        {
            if (!fields.TryGetValue(WireFormat.GetTagFieldNumber(tag), out var field)) input.SkipLastField();
            else Member(made, input, WireFormat.GetTagWireType(tag), field, depth);
        }
        return made;
    }

    private static void Member(JsonObject made, CodedInputStream input, WireFormat.WireType wire, ProtobufField field, int depth)
    {
        if (field.IsInline)
        {
            if (wire != WireFormat.WireType.LengthDelimited || ProtobufSchema.Find(field.Message) is not { } inner) throw Bad("a message was expected");
            Into(made, input.ReadBytes(), inner, depth + 1);
            return;
        }
        switch (field.Shape)
        {
            case ProtobufShape.List:
                if (made[field.Name] is not JsonArray list) made[field.Name] = list = [];
                if (wire == WireFormat.WireType.LengthDelimited && field.Type == ProtobufType.Integer) Packed(list, input.ReadBytes());
                else list.Add(Value(input, wire, field, depth));
                break;
            case ProtobufShape.Map:
                if (made[field.Name] is not JsonObject map) made[field.Name] = map = [];
                Entry(map, input, wire, field, depth);
                break;
            default:
                var value = Value(input, wire, field, depth);
                if (value is null || (field.OmitsZero && IsZero(value))) made.Remove(field.Name);
                else made[field.Name] = value;
                break;
        }
    }

    private static void Entry(JsonObject map, CodedInputStream input, WireFormat.WireType wire, ProtobufField field, int depth)
    {
        if (wire != WireFormat.WireType.LengthDelimited) throw Bad($"field {field.Name} is not a map");
        var entry = input.ReadBytes().CreateCodedInput();
        var key = "";
        // A value that is not sent is its type's zero.
        JsonNode? value = field.Type is ProtobufType.Message ? new JsonObject() : field.Type is ProtobufType.Texts ? new JsonArray() : "";
        while (entry.ReadTag() is var tag and not 0)
        {
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case 1 when WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited:
                    key = entry.ReadString();
                    break;
                case 2:
                    value = Value(entry, WireFormat.GetTagWireType(tag), field, depth);
                    break;
                default:
                    entry.SkipLastField();
                    break;
            }
        }
        map[key] = value;
    }

    private static JsonNode? Value(CodedInputStream input, WireFormat.WireType wire, ProtobufField field, int depth) => (field.Type, wire) switch
    {
        (ProtobufType.Integer, WireFormat.WireType.Varint) => input.ReadInt64(),
        (ProtobufType.Flag, WireFormat.WireType.Varint) => input.ReadBool(),
        (ProtobufType.Number, WireFormat.WireType.Fixed64) => input.ReadDouble() is var number && double.IsFinite(number) ? number : throw Bad($"field {field.Name} is not a number"),
        (ProtobufType.Text, WireFormat.WireType.LengthDelimited) => input.ReadString(),
        (ProtobufType.Bytes, WireFormat.WireType.LengthDelimited) => input.ReadBytes().ToBase64(),
        (ProtobufType.Message, WireFormat.WireType.LengthDelimited) =>
            Into([], input.ReadBytes(), ProtobufSchema.Find(field.Message) ?? throw Bad($"field {field.Name} has no known form"), depth + 1),
        (_, WireFormat.WireType.LengthDelimited) when field.Type >= ProtobufType.Time => Wrapped(input.ReadBytes(), field.Type),
        _ => throw Bad($"field {field.Name} is of wire type {wire}"),
    };

    private static JsonNode? Wrapped(ByteString bytes, ProtobufType type)
    {
        var (numbers, texts) = (new long[4], new List<ByteString>());
        var input = bytes.CreateCodedInput();
        while (input.ReadTag() is var tag and not 0)
        {
            var number = WireFormat.GetTagFieldNumber(tag);
            switch (WireFormat.GetTagWireType(tag))
            {
                case WireFormat.WireType.Varint when number < numbers.Length:
                    numbers[number] = input.ReadInt64();
                    break;
                case WireFormat.WireType.LengthDelimited:
                    texts.Add(input.ReadBytes());
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }
        var text = texts.Count > 0 ? texts[0] : ByteString.Empty;
        return type switch
        {
            ProtobufType.Quantity => text.ToStringUtf8(),
            ProtobufType.IntOrString => numbers[1] == 0 ? (JsonNode)numbers[2] : text.ToStringUtf8(),
            ProtobufType.Duration => $"{(numbers[1] / 1e9).ToString(CultureInfo.InvariantCulture)}s",
            ProtobufType.Json => text.IsEmpty ? null : ObjectLimits.Parse(text.Span),
            ProtobufType.Texts => new JsonArray([.. texts.Select(item => (JsonNode)item.ToStringUtf8())]),
            _ => bytes.IsEmpty ? null : Moment(numbers[1], numbers[2], type == ProtobufType.MicroTime ? "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'" : "yyyy-MM-dd'T'HH:mm:ss'Z'"),
        };
    }

    private static JsonNode Moment(long seconds, long nanoseconds, string format)
    {
        var (first, last) = (DateTimeOffset.MinValue.ToUnixTimeSeconds(), DateTimeOffset.MaxValue.ToUnixTimeSeconds());
        if (seconds < first || seconds > last || nanoseconds is < 0 or > 999_999_999) throw Bad("a time is out of range");
        return DateTimeOffset.FromUnixTimeSeconds(seconds).AddTicks(nanoseconds / 100).ToString(format, CultureInfo.InvariantCulture);
    }

    private static void Packed(JsonArray list, ByteString bytes)
    {
        var input = bytes.CreateCodedInput();
        while (!input.IsAtEnd) list.Add(input.ReadInt64());
    }

    private static bool IsZero(JsonNode value) => value is JsonValue scalar
        && ((scalar.TryGetValue<string>(out var text) && text.Length == 0) || (scalar.TryGetValue<long>(out var number) && number == 0) || (scalar.TryGetValue<bool>(out var flag) && !flag));

    private static FormatException Bad(string why) => new(why);
}
