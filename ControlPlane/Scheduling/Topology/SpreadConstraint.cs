namespace ControlPlane.Scheduling.Topology;

/// <summary>A topologySpreadConstraint with DoNotSchedule.</summary>
/// <param name="Pods">The pods that are to be spread: labelSelector together with matchLabelKeys, in the pod's own namespace.</param>
/// <param name="TopologyKey">The node label whose values are the domains.</param>
/// <param name="MaxSkew">By how many pods a domain may be ahead of the emptiest one.</param>
/// <param name="MinDomains">With fewer domains the emptiest counts as empty.</param>
/// <param name="HonorAffinity">Only nodes that the pod's node affinity and selector admit are domains' nodes.</param>
/// <param name="HonorTaints">Only nodes whose taints the pod tolerates are.</param>
public sealed record SpreadConstraint(PodSelection Pods, string TopologyKey, int MaxSkew, int MinDomains, bool HonorAffinity, bool HonorTaints);
