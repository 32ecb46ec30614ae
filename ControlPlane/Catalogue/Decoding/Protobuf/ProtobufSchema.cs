using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using ControlPlane.Objects.Schemas;

namespace ControlPlane.Catalogue.Decoding.Protobuf;

/// <summary>What a value of a field is.</summary>
internal enum ProtobufType
{
    Text,
    Integer,
    Flag,
    Number,
    Bytes,
    Message,

    /// <summary>Seconds and nanoseconds; whole seconds are kept.</summary>
    Time,

    /// <summary>As <see cref="Time"/>, to the microsecond.</summary>
    MicroTime,
    Duration,
    IntOrString,
    Quantity,

    /// <summary>JSON of any shape, as bytes.</summary>
    Json,

    /// <summary>A message that holds nothing but a list of texts.</summary>
    Texts,
}

/// <summary>Whether a field holds one value, a list or a map by text.</summary>
internal enum ProtobufShape { One, List, Map }

/// <summary>A field of a message.</summary>
/// <param name="Name">The member in JSON; empty if the members of the message stand in for it.</param>
/// <param name="OmitsZero">Whether the zero of its type means that the member is absent.</param>
/// <param name="Message">The message of a <see cref="ProtobufType.Message"/>, as <c>core/v1.PodSpec</c>.</param>
internal sealed record ProtobufField(string Name, ProtobufShape Shape, ProtobufType Type, bool OmitsZero, string Message)
{
    public bool IsInline => Name.Length == 0;
}

/// <summary>
/// The field numbers of the API types in their binary form. Their table has, for each message, entries of a number, a JSON name (<c>~</c>: inline)
/// and a type: <c>[]</c> before it makes a list, <c>{}</c> a map, a <c>?</c> behind it says that the zero is absent.
/// </summary>
internal static class ProtobufSchema
{
    private static readonly Lazy<FrozenDictionary<string, FrozenDictionary<int, ProtobufField>>> Messages = new(Load);

    /// <summary>The fields of a message by number; null if it is not known.</summary>
    public static FrozenDictionary<int, ProtobufField>? Find(string message) => Messages.Value.GetValueOrDefault(message);

    /// <summary>The message of the objects of a schema; null if they have no binary form.</summary>
    public static FrozenDictionary<int, ProtobufField>? Of(Schema schema) => schema.Identity?.Message is { } message ? Find(message) : null;

    private static FrozenDictionary<string, FrozenDictionary<int, ProtobufField>> Load()
    {
        const string Resource = "protobuf-fields.json";
        using var stream = typeof(ProtobufSchema).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"The assembly lacks its resource {Resource}.");
        using var document = JsonDocument.Parse(stream);
        var messages = new Dictionary<string, FrozenDictionary<int, ProtobufField>>();
        foreach (var group in document.RootElement.EnumerateObject())
        {
            foreach (var message in group.Value.EnumerateObject())
            {
                messages[$"{group.Name}.{message.Name}"] = message.Value.EnumerateArray().Select(field => Read(field.GetString()!)).ToFrozenDictionary(field => field.Number, field => field.Field);
            }
        }
        return messages.ToFrozenDictionary();
    }

    private static (int Number, ProtobufField Field) Read(string text)
    {
        var parts = text.Split(' ');
        var type = parts[2];
        var shape = type.StartsWith("[]", StringComparison.Ordinal) ? ProtobufShape.List : type.StartsWith("{}", StringComparison.Ordinal) ? ProtobufShape.Map : ProtobufShape.One;
        if (shape != ProtobufShape.One) type = type[2..];
        var kind = type switch
        {
            "s" => ProtobufType.Text,
            "i" => ProtobufType.Integer,
            "b" => ProtobufType.Flag,
            "d" => ProtobufType.Number,
            "y" => ProtobufType.Bytes,
            "time" => ProtobufType.Time,
            "microtime" => ProtobufType.MicroTime,
            "duration" => ProtobufType.Duration,
            "intstr" => ProtobufType.IntOrString,
            "quantity" => ProtobufType.Quantity,
            "raw" => ProtobufType.Json,
            "<>s" => ProtobufType.Texts,
            _ => ProtobufType.Message,
        };
        var field = new ProtobufField(parts[1] == "~" ? "" : parts[1], shape, kind, parts.Length > 3, kind == ProtobufType.Message ? type : "");
        return (int.Parse(parts[0], CultureInfo.InvariantCulture), field);
    }
}
