namespace ControlPlane.Nodes.Zones;

/// <summary>How much of a zone is missing.</summary>
public enum ZoneState
{
    /// <summary>Few of its nodes, or none.</summary>
    Normal,

    /// <summary>So many that it is more likely that the control plane can't hear them than that they died.</summary>
    PartialDisruption,

    /// <summary>All of them.</summary>
    FullDisruption,
}

/// <summary>The nodes of one zone by how they are; a node that is NotReady or silent counts as missing.</summary>
public readonly record struct ZoneCount(int Ready, int Missing)
{
    /// <summary>The part of a zone that must be missing before it counts as disrupted: kube-controller-manager's <c>--unhealthy-zone-threshold</c>.</summary>
    public const double UnhealthyThreshold = 0.55;

    /// <summary>Fewer missing nodes than this never disrupt a zone in part, whatever its size: what small clusters lose is replaced.</summary>
    public const int LeastUnhealthy = 3;

    /// <summary>A zone of more nodes than this is emptied slowly when it is disrupted, a smaller one not at all: <c>--large-cluster-size-threshold</c>.</summary>
    public const int LargeZone = 50;

    public int Nodes => Ready + Missing;

    public ZoneState State =>
        Ready == 0 && Missing > 0 ? ZoneState.FullDisruption
        : Missing >= LeastUnhealthy && (double)Missing / Nodes >= UnhealthyThreshold ? ZoneState.PartialDisruption
        : ZoneState.Normal;
}
