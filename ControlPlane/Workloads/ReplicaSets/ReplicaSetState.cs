using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Selectors;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Workloads.ReplicaSets;

/// <summary>What controllers read of a ReplicaSet or a ReplicationController, which is one with a plain map for a selector, parsed once per version.</summary>
public sealed class ReplicaSetState
{
    private PodTemplate? _podTemplate;

    public required int Replicas { get; init; }
    public required int MinReadySeconds { get; init; }
    public required LabelSelector Selector { get; init; }
    public required JsonElement Template { get; init; }
    public required ImmutableSortedDictionary<string, string> TemplateLabels { get; init; }
    public required ImmutableSortedDictionary<string, string> Annotations { get; init; }

    /// <summary>The status as stored; undefined where there is none yet.</summary>
    public required JsonElement Status { get; init; }
    public required ImmutableArray<Condition> Conditions { get; init; }

    /// <summary>Pods that are not terminating, succeeded or failed, when the status was written.</summary>
    public int StatusReplicas => Status.Int("replicas");
    public int ReadyReplicas => Status.Int("readyReplicas");
    public int AvailableReplicas => Status.Int("availableReplicas");
    public int TerminatingReplicas => Status.Int("terminatingReplicas");
    public long ObservedGeneration => Status.Number("observedGeneration") ?? 0;

    /// <summary>The template in the form templates are compared in.</summary>
    public PodTemplate PodTemplate => _podTemplate ??= PodTemplate.Of(Template);

    /// <summary>The state of this version of the object, read on the first call.</summary>
    public static ReplicaSetState Of(StoredObject stored) => stored.Project(Read);

    private static ReplicaSetState Read(StoredObject stored)
    {
        var root = ObjectLimits.ParseElement(stored.Json);
        var spec = root.At("spec");
        var template = spec.At("template");
        var selector = stored.Key.Group.Length == 0 ? LabelSelector.FromMap(spec.TextMap("selector")) : LabelSelector.From(spec.Child("selector") is { } @object ? JsonObject.Create(@object) : null);
        return new()
        {
            Replicas = spec.Int("replicas", absent: 1),
            MinReadySeconds = spec.Int("minReadySeconds"),
            Selector = selector,
            Template = template,
            TemplateLabels = template.At("metadata").TextMap("labels"),
            Annotations = root.At("metadata").TextMap("annotations"),
            Status = root.At("status"),
            Conditions = Shared.Api.Conditions.Read(root.At("status")),
        };
    }
}
