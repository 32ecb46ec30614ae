namespace ControlPlane.Nodes.Zones;

/// <summary>
/// How fast the nodes of a zone may be emptied one after the other, by Kubernetes' rule for disrupted zones. In a normal zone there is no wait at all: here
/// a dead node is replaced at once, also when a few die together.
/// </summary>
public static class EvictionPace
{
    /// <summary>A zone that is lost while others live: its pods go there, a node every ten seconds (<c>--node-eviction-rate</c> 0.1).</summary>
    public static readonly TimeSpan LostZone = TimeSpan.FromSeconds(10);

    /// <summary>A large zone that is lost in part: a node every hundred seconds (<c>--secondary-node-eviction-rate</c> 0.01).</summary>
    public static readonly TimeSpan LargeDisruptedZone = TimeSpan.FromSeconds(100);

    /// <summary>The time between two nodes of the zone; null: none is emptied until the state changes.</summary>
    /// <param name="everywhere">Whether all zones are lost: then it is the control plane that is cut off, and no pod would be better off elsewhere.</param>
    public static TimeSpan? Of(ZoneCount zone, bool everywhere) => zone.State switch
    {
        _ when everywhere => null,
        ZoneState.FullDisruption => LostZone,
        ZoneState.PartialDisruption => zone.Nodes > ZoneCount.LargeZone ? LargeDisruptedZone : null,
        _ => TimeSpan.Zero,
    };
}
