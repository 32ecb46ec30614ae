using ControlPlane.Scheduling.Topology;

namespace ControlPlane.Scheduling.Priorities;

/// <summary>
/// Spreads the pods of one controller over nodes and zones: Kubernetes' default constraints of that plugin (hostname and zone,
/// ScheduleAnyway). The fewer of its pods a node and its zone have, the better; a zone counts more the more zones there are.
/// </summary>
public sealed class PodTopologySpread : IPriority
{
    public string Name => "PodTopologySpread";
    public int Weight => 2;

    public IPreparedPriority? Prepare(PodDemand pod, ClusterLayout layout) =>
        layout.OwnedBy(pod.OwnerUid) is { } siblings ? new Prepared(siblings, layout.Domains.Of(NodeOffer.ZoneLabel)) : null;

    private sealed class Prepared(DomainCounts siblings, int zones) : IPreparedPriority
    {
        public void Score(PodDemand pod, ReadOnlySpan<NodeInfo> nodes, Span<long> scores)
        {
            var hostWeight = Math.Log(nodes.Length + 2);
            var zoneWeight = zones > 1 ? Math.Log(zones + 2) : 0;
            var (least, most) = (long.MaxValue, 0L);
            for (var i = 0; i < nodes.Length; i++)
            {
                var node = nodes[i];
                var crowd = siblings.On(node).Staying * hostWeight;
                if (zoneWeight > 0 && node.Offer.Zone.Length > 0) crowd += siblings.In(node.Offer.Zone).Staying * zoneWeight;
                // Thousandths, so that rounding tells no two crowds apart or together that it should not.
                scores[i] = (long)(crowd * 1000);
                least = Math.Min(least, scores[i]);
                most = Math.Max(most, scores[i]);
            }
            for (var i = 0; i < nodes.Length; i++) scores[i] = most == 0 ? 100 : 100 * (most + least - scores[i]) / most;
        }
    }
}
