using System.Collections.Immutable;
using ControlPlane.Nodes.Taints;
using ControlPlane.Objects;
using ControlPlane.Scheduling.Topology;
using Shared.Api;

namespace ControlPlane.Scheduling;

/// <summary>What a pod asks of the node it runs on, and what decides when it is placed. Immutable; read from a pod once.</summary>
public sealed record PodDemand
{
    public required ObjectKey Key { get; init; }
    public required string Uid { get; init; }

    /// <summary>What the affinity and spreading of other pods select it by.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>What the pod reserves, its init containers, sidecars and overhead counted as Kubernetes does.</summary>
    public ResourceAmounts Requests { get; init; } = ResourceAmounts.None;

    /// <summary>CPU as priorities count it: a container that asks for none counts 100m, so that idle-looking pods spread too.</summary>
    public long ScoredMilliCpu { get; init; }

    /// <summary>Memory as priorities count it: a container that asks for none counts 200 MiB.</summary>
    public long ScoredMemory { get; init; }

    public ImmutableArray<HostPort> Ports { get; init; } = [];
    public NodeAffinityTerms Affinity { get; init; } = NodeAffinityTerms.Anywhere;
    public ImmutableArray<PreferredTerm> Preferred { get; init; } = [];
    public ImmutableArray<Toleration> Tolerations { get; init; } = [];

    /// <summary>podAffinity's required terms: pods it must be near.</summary>
    public ImmutableArray<PodAffinityTerm> RequiredAffinity { get; init; } = [];

    /// <summary>podAntiAffinity's required terms: pods it must not be near, and that must not come near it.</summary>
    public ImmutableArray<PodAffinityTerm> RequiredAntiAffinity { get; init; } = [];

    /// <summary>topologySpreadConstraints with DoNotSchedule.</summary>
    public ImmutableArray<SpreadConstraint> Spread { get; init; } = [];

    /// <summary>The names of the claims it uses, each once; of its own namespace.</summary>
    public ImmutableArray<string> Claims { get; init; } = [];

    /// <summary>Higher goes first.</summary>
    public int Priority { get; init; }

    /// <summary>The uid of the controller whose pods are spread; empty for a pod on its own.</summary>
    public string OwnerUid { get; init; } = "";

    public string SchedulerName { get; init; } = "";

    /// <summary>The node asked for, or bound to; empty for none.</summary>
    public string NodeName { get; init; } = "";

    /// <summary>Whether schedulingGates hold the pod back.</summary>
    public bool Gated { get; init; }

    public DateTimeOffset Created { get; init; }

    /// <summary>Whether the pod tolerates a taint.</summary>
    public bool Tolerates(Taint taint)
    {
        foreach (var toleration in Tolerations)
        {
            if (toleration.Tolerates(taint)) return true;
        }
        return false;
    }

    /// <summary>The demand of a pod, kept with this version of it.</summary>
    public static PodDemand Of(StoredObject pod) => pod.Project(PodDemandReader.Read);
}
