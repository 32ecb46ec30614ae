using System.Text.Json;
using ControlPlane.Objects;
using Google.Protobuf;
using Shared.Api;

namespace ControlPlane.Catalogue.Decoding.Protobuf;

/// <summary>
/// Turns a body in Kubernetes' binary form into JSON. That form is four bytes that mark it, then a message with the apiVersion, the kind and
/// the object's own message. Answers are always JSON, which every client that sends this form accepts.
/// </summary>
internal static class ProtobufToJson
{
    public const string MediaType = "application/vnd.kubernetes.protobuf";
    private const int TypeMeta = 1;
    private const int Raw = 2;

    /// <summary>The JSON, or the rejection of a body that cannot be read: 415 for a kind that has no binary form here, 400 for bad bytes.</summary>
    public static ApiStatus? Convert(ReadOnlyMemory<byte> body, KindDefinition kind, out ReadOnlyMemory<byte> json)
    {
        json = default;
        if (ProtobufSchema.Of(kind.Schema) is not { } fields) return ApiStatus.UnsupportedMediaType($"{kind.Kind} is accepted as application/json or application/yaml only");
        if (!body.Span.StartsWith("k8s\0"u8)) return ApiStatus.BadRequest("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]");
        try
        {
            var (apiVersion, name, raw) = Envelope(UnsafeByteOperations.UnsafeWrap(body[4..]));
            var tree = ProtobufReader.Read(raw, fields);
            if (name.Length > 0) tree.Insert(0, "kind", name);
            if (apiVersion.Length > 0) tree.Insert(0, "apiVersion", apiVersion);
            json = ObjectJson.ToUtf8(tree);
            return null;
        }
        catch (Exception error) when (error is InvalidProtocolBufferException or FormatException or JsonException)
        {
            return ApiStatus.BadRequest($"{kind.Kind} in version \"{kind.Version}\" cannot be handled as a {kind.Kind}: {error.Message}");
        }
    }

    private static (string ApiVersion, string Kind, ByteString Raw) Envelope(ByteString bytes)
    {
        var (apiVersion, kind, raw) = ("", "", ByteString.Empty);
        var input = bytes.CreateCodedInput();
        while (input.ReadTag() is var tag and not 0)
        {
            if (WireFormat.GetTagWireType(tag) != WireFormat.WireType.LengthDelimited)
            {
                input.SkipLastField();
                continue;
            }
            var value = input.ReadBytes();
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case TypeMeta:
                    (apiVersion, kind) = Type(value);
                    break;
                case Raw:
                    raw = value;
                    break;
            }
        }
        return (apiVersion, kind, raw);
    }

    private static (string ApiVersion, string Kind) Type(ByteString bytes)
    {
        var (apiVersion, kind) = ("", "");
        var input = bytes.CreateCodedInput();
        while (input.ReadTag() is var tag and not 0)
        {
            if (WireFormat.GetTagWireType(tag) != WireFormat.WireType.LengthDelimited) input.SkipLastField();
            else if (WireFormat.GetTagFieldNumber(tag) == 1) apiVersion = input.ReadString();
            else if (WireFormat.GetTagFieldNumber(tag) == 2) kind = input.ReadString();
            else input.SkipLastField();
        }
        return (apiVersion, kind);
    }
}
