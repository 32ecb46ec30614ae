using System.Text.Json;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Nodes.Taints;

/// <summary>
/// A toleration of a pod. An empty <paramref name="Key"/> with <paramref name="Exists"/> tolerates everything, a null effect every effect.
/// </summary>
/// <param name="Seconds">How long a NoExecute taint is tolerated; null: for ever.</param>
public sealed record Toleration(string Key, bool Exists, string Value, TaintEffect? Effect, long? Seconds = null)
{
    /// <summary>Kubernetes' rule: effect, then key, then value where the operator is Equal. For some time at least.</summary>
    public bool Tolerates(Taint taint) =>
        (Effect is not { } effect || effect == taint.Effect) && (Key.Length == 0 ? Exists : Key == taint.Key) && (Exists || Value == taint.Value);

    /// <summary>A pod's tolerations.</summary>
    public static IReadOnlyList<Toleration> Of(StoredObject pod) => [.. ObjectLimits.ParseElement(pod.Json).Objects("spec", "tolerations").Select(Read)];

    /// <summary>Reads an item of a pod's <c>spec.tolerations</c>.</summary>
    public static Toleration Read(JsonElement item) => new(
        item.Text("key"),
        item.Text("operator") == "Exists",
        item.Text("value"),
        Enum.TryParse<TaintEffect>(item.Text("effect"), out var effect) ? effect : null,
        item.Number("tolerationSeconds"));
}
