using System.Collections.Immutable;
using System.Text.Json;
using ControlPlane.Nodes.Taints;
using ControlPlane.Objects;
using ControlPlane.Scheduling.Topology;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Scheduling;

/// <summary>What a Node object says that matters for placing pods. Immutable; read from a node once.</summary>
public sealed record NodeOffer
{
    public const string ZoneLabel = "topology.kubernetes.io/zone";

    public required string Name { get; init; }
    public IReadOnlyDictionary<string, string> Labels { get; init; } = ImmutableDictionary<string, string>.Empty;
    public ResourceAmounts Allocatable { get; init; } = ResourceAmounts.None;

    /// <summary>How many pods the node takes.</summary>
    public long MaxPods { get; init; }

    /// <summary>Taints that keep pods off.</summary>
    public ImmutableArray<Taint> HardTaints { get; init; } = [];

    /// <summary>Taints with PreferNoSchedule.</summary>
    public ImmutableArray<Taint> SoftTaints { get; init; } = [];

    public bool Unschedulable { get; init; }

    /// <summary>Whether the node's Ready condition is True.</summary>
    public bool Ready { get; init; }

    /// <summary>The failure domain; empty where the node names none.</summary>
    public string Zone { get; init; } = "";

    /// <summary>The offer of a node, kept with this version of it.</summary>
    public static NodeOffer Of(StoredObject node) => node.Project(Read);

    /// <summary>Whether pods are placed on both alike: heartbeats and image lists make no difference.</summary>
    public bool SameAs(NodeOffer other) =>
        Ready == other.Ready && Unschedulable == other.Unschedulable && MaxPods == other.MaxPods && Allocatable == other.Allocatable
        && HardTaints.AsSpan().SequenceEqual(other.HardTaints.AsSpan()) && SoftTaints.AsSpan().SequenceEqual(other.SoftTaints.AsSpan())
        && LabelSets.Same(Labels, other.Labels);

    private static NodeOffer Read(StoredObject node)
    {
        using var document = JsonDocument.Parse(node.Json, ObjectLimits.Document);
        var spec = document.RootElement.At("spec");
        var status = document.RootElement.At("status");
        // A node that states no allocatable offers its capacity.
        var offered = status.Child("allocatable") ?? status.At("capacity");
        var taints = spec.Objects("taints").Select(ReadTaint).OfType<Taint>().ToArray();
        return new()
        {
            Name = node.Key.Name,
            Labels = node.Header.Labels,
            Allocatable = PodRequests.Read(offered, default),
            MaxPods = Quantities.TryParseValue(offered.Text("pods"), out var pods) ? pods : offered.Number("pods") ?? 0,
            HardTaints = [.. taints.Where(taint => taint.IsHard)],
            SoftTaints = [.. taints.Where(taint => !taint.IsHard)],
            Unschedulable = spec.Flag("unschedulable") == true,
            Ready = node.Header.Ready,
            Zone = node.Header.Labels.TryGetValue(ZoneLabel, out var zone) ? zone : "",
        };
    }

    private static Taint? ReadTaint(JsonElement taint) =>
        Enum.TryParse<TaintEffect>(taint.Text("effect"), out var effect) ? new(taint.Text("key"), taint.Text("value"), effect) : null;
}
