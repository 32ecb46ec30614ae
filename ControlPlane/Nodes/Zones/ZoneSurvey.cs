using ControlPlane.Nodes.Leases;
using ControlPlane.Nodes.Taints;
using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Nodes.Zones;

/// <summary>Reads how the zones are, from the Nodes and from what this process hears of them. Called for missing nodes only: it looks at every Node.</summary>
public sealed class ZoneSurvey(NodeOptions options, NodeLeases leases)
{
    private const string Region = "topology.kubernetes.io/region";
    private const string Zone = "topology.kubernetes.io/zone";
    private static readonly GroupResource Nodes = new("", "nodes");

    /// <param name="self">The missing node.</param>
    /// <param name="lostFor">How long its lease has been over.</param>
    public EvictionVerdict Judge(StoredObject self, IObjectView view, TimeSpan lostFor, DateTimeOffset now)
    {
        var own = Read(self) with { IsMissing = true };
        return EvictionVerdict.Of(own, [.. view.List(Nodes).Objects.Where(node => node.Key != self.Key).Select(Read), own], lostFor, now);
    }

    private ZoneNode Read(StoredObject node)
    {
        var view = node.Project(NodeView.Of);
        var told = view.Ready is not { Status: "True" };
        var silence = leases.SilenceOf(node.Key.Name);
        var labels = node.Header.Labels;
        return new(
            node.Key.Name,
            labels.TryGetValue(Region, out var region) | labels.TryGetValue(Zone, out var zone) ? $"{region}/{zone}" : "",
            told || (silence is { } silent && options.LeaseOf(view) is { } lease && silent > options.Suspicion(lease)),
            told,
            silence is not null,
            view.Taints.FirstOrDefault(ConditionTaints.IsOurEviction)?.TimeAdded);
    }
}
