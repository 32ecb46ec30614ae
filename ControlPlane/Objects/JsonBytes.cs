using System.Text;
using System.Text.Json.Nodes;
using Shared.Api;

namespace ControlPlane.Objects;

/// <summary>
/// JSON as immutable UTF-8: how objects and parts of them travel in commands, the same within a process and between processes. Equal when the bytes are.
/// </summary>
public sealed class JsonBytes : IEquatable<JsonBytes>
{
    private readonly byte[] _utf8;

    /// <param name="utf8">JSON. The bytes must not be changed any more.</param>
    public JsonBytes(byte[] utf8) => _utf8 = utf8;

    /// <summary>The bytes.</summary>
    public ReadOnlyMemory<byte> Utf8 => _utf8;

    /// <summary>What the tree says at this moment.</summary>
    public static implicit operator JsonBytes(JsonNode tree) => new(ObjectJson.ToUtf8(tree));

    /// <summary>A new tree, which is the caller's to change.</summary>
    /// <exception cref="System.Text.Json.JsonException">The bytes are not a JSON object within <see cref="ObjectLimits.MaxDepth"/>.</exception>
    public JsonObject ToJsonObject() =>
        ObjectLimits.Parse(_utf8) as JsonObject ?? throw new System.Text.Json.JsonException("The bytes are JSON, but not an object.");

    /// <inheritdoc/>
    public bool Equals(JsonBytes? other) => other is not null && (ReferenceEquals(this, other) || _utf8.AsSpan().SequenceEqual(other._utf8));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as JsonBytes);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(_utf8);
        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public override string ToString() => Encoding.UTF8.GetString(_utf8);
}
