namespace ControlPlane.Scheduling.Topology;

/// <summary>A required term of podAffinity or podAntiAffinity: the pods it speaks of, and the node label whose value says what is near.</summary>
public sealed record PodAffinityTerm(PodSelection Pods, string TopologyKey);
