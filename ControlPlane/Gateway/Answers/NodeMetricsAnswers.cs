using ControlPlane.Journal;
using ControlPlane.Objects;
using ControlPlane.Telemetry.Usage;
using Shared.Api;

namespace ControlPlane.Gateway.Answers;

/// <summary>NodeMetrics: what the nodes use of which that is known.</summary>
public sealed class NodeMetricsAnswers(WatchCache cache, UsageTable usage, TimeProvider time) : IAnsweredObjects
{
    private static readonly GroupResource Nodes = new("", "nodes");

    /// <inheritdoc/>
    public GroupResource Resource => MetricsKinds.Nodes.GroupResource;

    /// <inheritdoc/>
    public Task<IReadOnlyList<StoredObject>> Select(GatewayRequest request, Selection selection)
    {
        var now = time.GetUtcNow();
        return Task.FromResult<IReadOnlyList<StoredObject>>(
            [.. Candidates(selection.ExactName).Where(selection.Matches).Select(node => usage.OfNode(node.Key.Name) is { } used ? MetricsObjects.Of(node, used, now) : null).OfType<StoredObject>()]);
    }

    private IEnumerable<StoredObject> Candidates(string name) =>
        name.Length == 0 ? cache.List(Nodes).Objects : new[] { cache.Get(new("", "nodes", "", name)) }.OfType<StoredObject>();
}
