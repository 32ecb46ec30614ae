using System.Text.Json.Nodes;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Policy.PodDisruptionBudgets;

/// <summary>
/// Takes one eviction from a budget, or is refused with 429. Decided by the budget's actor, so that of several that come at once only as many are let through as may be.
/// </summary>
/// <param name="Pod">The pod that will be evicted.</param>
public sealed record DisruptionPatch(string Pod, DateTimeOffset At) : IObjectPatch
{
    private const int MostUnseen = 2000;

    /// <inheritdoc/>
    public PatchOutcome Apply(JsonObject current, KindDefinition kind)
    {
        var (name, status) = (current.Metadata().Text("name"), current.Status());
        if ((status.Number("observedGeneration") ?? 0) < (current.Metadata().Number("generation") ?? 0)) return Refused($"The disruption budget {name} is still being processed by the server.", 10);
        var disrupted = status.DefaultChild("disruptedPods");

        // Counted out already: its eviction is tried again.
        if (disrupted.ContainsKey(Pod)) return current;
        if (disrupted.Count >= MostUnseen) return ApiStatus.Forbidden("too many evictions are not confirmed yet by the controller of the disruption budget");
        var allowed = status.Number("disruptionsAllowed") ?? 0;
        if (allowed <= 0) return Refused($"The disruption budget {name} needs {status.Number("desiredHealthy") ?? 0} healthy pods and has {status.Number("currentHealthy") ?? 0} currently", 0);
        status["disruptionsAllowed"] = allowed - 1;
        disrupted[Pod] = Rfc3339.Write(At);
        return current;
    }

    private static ApiStatus Refused(string cause, int retryAfterSeconds) =>
        ApiStatus.TooManyRequests("Cannot evict pod as it would violate the pod's disruption budget.", retryAfterSeconds) with { Causes = [new("DisruptionBudget", cause, "")] };
}
