using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Catalogue.Decoding.Protobuf;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Catalogue.Decoding;

/// <summary>What a body was read as: an object and the warnings for its sender, or a rejection.</summary>
public readonly record struct DecodeOutcome(JsonObject? Object, ImmutableArray<string> Warnings, ApiStatus? Rejection)
{
    public static implicit operator DecodeOutcome(ApiStatus rejection) => new(null, [], rejection);
}

/// <summary>
/// Turns a request's body into an object of the kind its path names. What comes out has only fields the model knows, each of its type; fields
/// whose value is null are absent, quantities are canonical. Never throws, whatever the bytes are.
/// </summary>
public static class ObjectDecoder
{
    /// <summary>Reads a body.</summary>
    /// <param name="body">The bytes; they are not kept.</param>
    /// <param name="contentType">JSON where it is empty; parameters are passed over.</param>
    /// <param name="kind">What the body must be. An absent apiVersion and kind are filled in.</param>
    /// <param name="mode">What becomes of unknown and duplicate fields.</param>
    public static DecodeOutcome Decode(ReadOnlyMemory<byte> body, string? contentType, KindDefinition kind, FieldValidation mode)
    {
        switch (MediaType(contentType))
        {
            case "" or "application/json":
                return DecodeJson(body.Span, kind, mode);
            case "application/yaml" or "application/x-yaml" or "text/yaml":
                var converted = YamlToJson.Convert(body, out var json);
                return converted is null ? DecodeJson(json.Span, kind, mode) : converted;
            case ProtobufToJson.MediaType:
                var read = ProtobufToJson.Convert(body, kind, out var made);
                // A field the model does not know was no mistake of a person's.
                return read is null ? DecodeJson(made.Span, kind, FieldValidation.Ignore) : read;
            default:
                return ApiStatus.UnsupportedMediaType(
                    "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf");
        }
    }

    /// <summary>
    /// Checks a tree that did not come through <see cref="Decode"/>, such as a patched object, by the same rules.
    /// </summary>
    public static DecodeOutcome Check(JsonObject tree, KindDefinition kind, FieldValidation mode) => Check(tree, null, kind, mode);

    /// <summary>As the other, of a tree that may be known to be right in part.</summary>
    /// <param name="tree">The tree; it is taken over.</param>
    /// <param name="touched">The top-level members to look at, where the others are known to be right; null for all.</param>
    /// <param name="kind">What it must be.</param>
    /// <param name="mode">What becomes of unknown and duplicate fields.</param>
    public static DecodeOutcome Check(JsonObject tree, IReadOnlySet<string>? touched, KindDefinition kind, FieldValidation mode)
    {
        if (touched is null || touched.Contains("apiVersion") || touched.Contains("kind")) return Check(() => ObjectJson.ToUtf8(tree), kind, mode);
        var part = Check(() => ObjectJson.ToUtf8(tree, touched), kind, mode);
        if (part.Object is not { } read) return part;
        foreach (var member in touched)
        {
            read.Remove(member, out var value);
            if (value is null) tree.Remove(member);
            else tree[member] = value;
        }
        return part with { Object = tree };
    }

    private static DecodeOutcome Check(Func<byte[]> write, KindDefinition kind, FieldValidation mode)
    {
        byte[] json;
        try
        {
            json = write();
        }
        catch (InvalidOperationException)
        {
            // The writer's word for half of a surrogate pair, which a parser passes over.
            return BadJson("invalid text");
        }
        return DecodeJson(json, kind, mode);
    }

    /// <summary>Reads JSON.</summary>
    public static DecodeOutcome DecodeJson(ReadOnlySpan<byte> json, KindDefinition kind, FieldValidation mode)
    {
        var reader = new Utf8JsonReader(json, ObjectLimits.Reader);
        var run = new DecodeRun();
        JsonObject? root;
        try
        {
            if (json.IsEmpty) return BadJson("unexpected end of JSON input");
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject) return BadJson($"cannot unmarshal {DecodeRun.Describe(reader.TokenType)} into an object of kind {kind.Kind}");
            root = run.Read(ref reader, kind.Schema) as JsonObject;
            // Reads what follows: only white space may.
            reader.Read();
        }
        catch (JsonException error)
        {
            return BadJson(reader.CurrentDepth < ObjectLimits.MaxDepth ? Explain(error) : $"{Explain(error)}: nested more than {ObjectLimits.MaxDepth} deep in field {run.Place}");
        }
        catch (InvalidOperationException)
        {
            // The reader's word for a string that is not UTF-8, or half of a surrogate pair.
            return BadJson($"invalid text near byte {reader.TokenStartIndex}");
        }
        if (run.Faults.Count > 0) return CannotBeHandled(kind, string.Join("; ", run.Faults));
        if (Identify(root!, kind) is { } rejection) return rejection;
        if (run.Strays.Count == 0) return new(root, [], null);
        return mode switch
        {
            FieldValidation.Strict => CannotBeHandled(kind, $"strict decoding error: {string.Join(", ", run.Strays)}"),
            FieldValidation.Warn => new DecodeOutcome(root, [.. run.Strays], null),
            _ => new DecodeOutcome(root, [], null),
        };
    }

    private static ApiStatus? Identify(JsonObject root, KindDefinition kind)
    {
        var (version, name) = (root.Text("apiVersion"), root.Text("kind"));
        if (ReferenceEquals(kind, RequestBodies.DeleteOptions))
        {
            return name is "" or "DeleteOptions" ? null : CannotBeHandled(kind, $"the kind in the data ({name}) does not match the expected kind (DeleteOptions)");
        }
        if (kind.EarlierVersion.Length > 0 && version == $"{kind.Group}/{kind.EarlierVersion}") root["apiVersion"] = version = kind.GroupVersion;
        if (version.Length > 0 && version != kind.GroupVersion)
        {
            return ApiStatus.BadRequest($"the API version in the data ({version}) does not match the expected API version ({kind.GroupVersion})");
        }
        if (name.Length > 0 && name != kind.Kind)
        {
            return ApiStatus.BadRequest($"{name} in version \"{kind.Version}\" cannot be handled as a {kind.Kind}: the kind in the data does not match the expected kind");
        }
        if (name.Length == 0) SetFirst(root, "kind", kind.Kind);
        if (version.Length == 0) SetFirst(root, "apiVersion", kind.GroupVersion);
        return null;
    }

    private static void SetFirst(JsonObject root, string name, string value)
    {
        root.Remove(name);
        root.Insert(0, name, JsonValue.Create(value));
    }

    private static ApiStatus CannotBeHandled(KindDefinition kind, string why) =>
        ApiStatus.BadRequest($"{kind.Kind} in version \"{kind.Version}\" cannot be handled as a {kind.Kind}: {why}");

    private static ApiStatus BadJson(string why) => ApiStatus.BadRequest($"couldn't get version/kind; json parse error: {why}");

    /// <summary>The reader's own sentence, with its position put as people count.</summary>
    private static string Explain(JsonException error)
    {
        var sentence = error.Message;
        var position = sentence.IndexOf(" LineNumber:", StringComparison.Ordinal);
        if (position >= 0) sentence = sentence[..position];
        return $"{sentence.TrimEnd('.')} (line {error.LineNumber.GetValueOrDefault() + 1}, column {error.BytePositionInLine.GetValueOrDefault() + 1})";
    }

    private static string MediaType(string? contentType)
    {
        if (string.IsNullOrEmpty(contentType) || contentType == "application/json") return contentType ?? "";
        var end = contentType.IndexOf(';', StringComparison.Ordinal);
        return (end < 0 ? contentType : contentType[..end]).Trim().ToLowerInvariant();
    }
}
