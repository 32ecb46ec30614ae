using ControlPlane.Journal;
using ControlPlane.Objects;
using ControlPlane.Telemetry.Usage;
using Shared.Api;

namespace ControlPlane.Gateway.Answers;

/// <summary>PodMetrics: what the running pods use of which that is known.</summary>
public sealed class PodMetricsAnswers(WatchCache cache, IUsage usage, TimeProvider time) : IAnsweredObjects
{
    private static readonly GroupResource Pods = new("", "pods");

    /// <inheritdoc/>
    public GroupResource Resource => MetricsKinds.Pods.GroupResource;

    /// <inheritdoc/>
    public Task<IReadOnlyList<StoredObject>> Select(GatewayRequest request, Selection selection)
    {
        var now = time.GetUtcNow();

        // What selects its metrics selects the pod: name, namespace and labels are the same.
        return Task.FromResult<IReadOnlyList<StoredObject>>(
        [
            .. Candidates(selection).Where(pod => pod.Header.Phase == "Running" && selection.Matches(pod))
                .Select(pod => usage.OfPod(pod.Uid) is { } used ? MetricsObjects.Of(pod, used, now) : null).OfType<StoredObject>(),
        ]);
    }

    private IEnumerable<StoredObject> Candidates(Selection selection) => selection switch
    {
        { Namespace: { Length: > 0 } @namespace, ExactName: { Length: > 0 } name } => new[] { cache.Get(new("", "pods", @namespace, name)) }.OfType<StoredObject>(),
        { Namespace: { Length: > 0 } @namespace } => cache.List(Pods, @namespace),
        _ => cache.List(Pods).Objects,
    };
}
