using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using ControlPlane.Objects;

namespace ControlPlane.Workloads;

/// <summary>
/// A pod template in a canonical form: members sorted, nulls, empty lists and the pod-template-hash label left out. Two templates are the same
/// if their forms are. An empty object stays: in some places (a selector, an emptyDir) it means something else than none.
/// </summary>
public sealed class PodTemplate : IEquatable<PodTemplate>
{
    /// <summary>The label that tells the pods of a Deployment's ReplicaSets apart.</summary>
    public const string HashLabel = "pod-template-hash";

    /// <summary>What tells a client that merges a ControllerRevision into its set to replace the template; says nothing about pods.</summary>
    public const string Directive = "$patch";

    private readonly byte[] _canonical;

    private PodTemplate(byte[] canonical) => _canonical = canonical;

    public static PodTemplate Of(JsonElement template)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer)) Write(writer, template, depth: 0);
        return new(buffer.WrittenSpan.ToArray());
    }

    /// <summary>
    /// A short name for the template: FNV-1a over the form and, if there were collisions, their count, in <see cref="GeneratedName.Alphabet"/>.
    /// </summary>
    public string Hash(int collisionCount)
    {
        var hash = 2166136261u;
        foreach (var octet in _canonical) hash = (hash ^ octet) * 16777619u;
        if (collisionCount > 0)
        {
            foreach (var octet in Encoding.UTF8.GetBytes(collisionCount.ToString(CultureInfo.InvariantCulture))) hash = (hash ^ octet) * 16777619u;
        }
        return string.Concat(hash.ToString(CultureInfo.InvariantCulture).Select(digit => GeneratedName.Alphabet[digit % GeneratedName.Alphabet.Length]));
    }

    public bool Equals(PodTemplate? other) => other is not null && _canonical.AsSpan().SequenceEqual(other._canonical);

    public override bool Equals(object? obj) => Equals(obj as PodTemplate);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(_canonical);
        return hash.ToHashCode();
    }

    // Depth 0 is the template, 1 its metadata, 2 the metadata's labels and annotations.
    private static void Write(Utf8JsonWriter writer, JsonElement value, int depth, string at = "")
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var member in value.EnumerateObject().Where(member => Counts(member, depth, at)).OrderBy(member => member.Name, StringComparer.Ordinal))
                {
                    writer.WritePropertyName(member.Name);
                    Write(writer, member.Value, depth + 1, depth < 2 ? $"{at}/{member.Name}" : "");
                }
                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var element in value.EnumerateArray()) Write(writer, element, int.MaxValue / 2);
                writer.WriteEndArray();
                break;
            case JsonValueKind.Undefined:
                writer.WriteNullValue();
                break;
            default:
                value.WriteTo(writer);
                break;
        }
    }

    private static bool Counts(JsonProperty member, int depth, string at)
    {
        if (member.Value.ValueKind == JsonValueKind.Null) return false;
        if (member.Value.ValueKind == JsonValueKind.Array && member.Value.GetArrayLength() == 0) return false;
        if (depth == 0 && member.Name == "metadata") return HasContent(member.Value);
        if (depth == 0 && member.Name == Directive) return false;
        if (depth == 1 && at == "/metadata" && member.Name is "labels" or "annotations") return HasContent(member.Value);
        return !(depth == 2 && at == "/metadata/labels" && member.Name == HashLabel);
    }

    // Empty maps of labels and annotations mean the same as none.
    private static bool HasContent(JsonElement value) =>
        value.ValueKind == JsonValueKind.Object && value.EnumerateObject().Any(member => member.Name != HashLabel
            && member.Value.ValueKind != JsonValueKind.Null
            && (member.Value.ValueKind != JsonValueKind.Object || HasContent(member.Value)));
}
