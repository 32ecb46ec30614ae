using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Nodes.Taints;
using ControlPlane.Objects;
using ControlPlane.Objects.Selectors;
using ControlPlane.Scheduling;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Workloads.DaemonSets;

/// <summary>What the controller reads of a DaemonSet, parsed once per version.</summary>
internal sealed class DaemonSetState
{
    public required StoredObject Stored { get; init; }
    public required int MinReadySeconds { get; init; }
    public required int RevisionHistoryLimit { get; init; }

    /// <summary>Whether a changed template changes pods of itself.</summary>
    public required bool Rolling { get; init; }
    public required JsonElement MaxUnavailable { get; init; }
    public required JsonElement MaxSurge { get; init; }
    public required LabelSelector Selector { get; init; }
    public required JsonElement Template { get; init; }
    public required PodTemplate PodTemplate { get; init; }

    /// <summary>The node the template names; empty for any.</summary>
    public required string NodeName { get; init; }

    /// <summary>Where its pods may run.</summary>
    public required NodeAffinityTerms Affinity { get; init; }

    /// <summary>What its pods tolerate: the template's, and <see cref="DaemonTolerations"/>.</summary>
    public required ImmutableArray<Toleration> Tolerations { get; init; }
    public required JsonElement Status { get; init; }

    public string Name => Stored.Key.Name;
    public bool Deleting => Stored.Header.DeletionTimestamp is not null;
    public int CollisionCount => Status.Int("collisionCount");

    public static DaemonSetState Of(StoredObject stored) => stored.Project(Read);

    /// <summary>Whether a pod is to be made on a node.</summary>
    public bool WantsPodOn(NodeOffer node) => Fits(node) && !node.HardTaints.Any(taint => !Tolerates(taint));

    /// <summary>Whether a pod that is on a node may stay: a taint with NoSchedule comes too late for it.</summary>
    public bool KeepsPodOn(NodeOffer node) => Fits(node) && !node.HardTaints.Any(taint => taint.Effect == TaintEffect.NoExecute && !Tolerates(taint));

    private bool Fits(NodeOffer node) => (NodeName.Length == 0 || NodeName == node.Name) && Affinity.Matches(node);

    private bool Tolerates(Taint taint)
    {
        foreach (var toleration in Tolerations)
        {
            if (toleration.Tolerates(taint)) return true;
        }
        return false;
    }

    private static DaemonSetState Read(StoredObject stored)
    {
        var root = ObjectLimits.ParseElement(stored.Json);
        var spec = root.At("spec");
        var (template, strategy) = (spec.At("template"), spec.At("updateStrategy"));
        var pod = template.At("spec");
        return new()
        {
            Stored = stored,
            MinReadySeconds = spec.Int("minReadySeconds"),
            RevisionHistoryLimit = spec.Int("revisionHistoryLimit", absent: 10),
            Rolling = strategy.Text("type") != "OnDelete",
            MaxUnavailable = strategy.At("rollingUpdate", "maxUnavailable"),
            MaxSurge = strategy.At("rollingUpdate", "maxSurge"),
            Selector = LabelSelector.From(spec.Child("selector") is { } selector ? JsonObject.Create(selector) : null),
            Template = template,
            PodTemplate = PodTemplate.Of(template),
            NodeName = pod.Text("nodeName"),
            Affinity = PodDemandReader.Affinity(pod),
            Tolerations = [.. PodDemandReader.Tolerations(pod), .. DaemonTolerations.For(pod)],
            Status = root.At("status"),
        };
    }
}
