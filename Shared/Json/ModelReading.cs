using System.Text;
using k8s;

namespace Shared.Json;

/// <summary>
/// Reads stored bytes as typed models, where most of an object is needed: a node's pods, the Services it programs. Whoever needs a few members reads those
/// (<see cref="ElementReading"/>).
/// </summary>
public static class ModelReading
{
    /// <summary>The model of an object.</summary>
    /// <exception cref="System.Text.Json.JsonException">The bytes are not JSON, or not of this model.</exception>
    public static T Read<T>(ReadOnlyMemory<byte> json) => KubernetesJson.Deserialize<T>(Encoding.UTF8.GetString(json.Span));
}
