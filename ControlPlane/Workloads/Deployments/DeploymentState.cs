using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Selectors;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Workloads.Deployments;

/// <summary>What the controller reads of a Deployment, parsed once per version.</summary>
internal sealed class DeploymentState
{
    private const int NoLimit = int.MaxValue;

    public required StoredObject Stored { get; init; }
    public required int Replicas { get; init; }
    public required int MinReadySeconds { get; init; }
    public required bool Paused { get; init; }
    public required bool Rolling { get; init; }
    public required int RevisionHistoryLimit { get; init; }

    /// <summary>Null: no deadline, and no Progressing condition.</summary>
    public required TimeSpan? ProgressDeadline { get; init; }
    public required RolloutBudget Budget { get; init; }
    public required LabelSelector Selector { get; init; }
    public required JsonElement SelectorJson { get; init; }
    public required JsonElement Template { get; init; }
    public required PodTemplate PodTemplate { get; init; }
    public required ImmutableSortedDictionary<string, string> TemplateLabels { get; init; }
    public required ImmutableSortedDictionary<string, string> Annotations { get; init; }
    public required JsonElement Status { get; init; }
    public required ImmutableArray<Condition> Conditions { get; init; }

    public int CollisionCount => Status.Int("collisionCount");
    public string Name => Stored.Key.Name;
    public bool Deleting => Stored.Header.DeletionTimestamp is not null;

    public static DeploymentState Of(StoredObject stored) => stored.Project(Read);

    private static DeploymentState Read(StoredObject stored)
    {
        var root = ObjectLimits.ParseElement(stored.Json);
        var (spec, status) = (root.At("spec"), root.At("status"));
        var (template, selector, strategy) = (spec.At("template"), spec.At("selector"), spec.At("strategy"));
        var replicas = spec.Int("replicas", absent: 1);
        var rolling = strategy.Text("type") != "Recreate";
        var deadline = spec.Int("progressDeadlineSeconds", absent: 600);
        return new()
        {
            Stored = stored,
            Replicas = replicas,
            MinReadySeconds = spec.Int("minReadySeconds"),
            Paused = spec.Flag("paused") == true,
            Rolling = rolling,
            RevisionHistoryLimit = spec.Int("revisionHistoryLimit", absent: 10),
            ProgressDeadline = deadline == NoLimit ? null : TimeSpan.FromSeconds(deadline),
            Budget = RolloutBudget.Of(replicas, rolling, strategy.At("rollingUpdate").At("maxSurge"), strategy.At("rollingUpdate").At("maxUnavailable")),
            Selector = LabelSelector.From(selector.ValueKind == JsonValueKind.Object ? JsonObject.Create(selector) : null),
            SelectorJson = selector,
            Template = template,
            PodTemplate = PodTemplate.Of(template),
            TemplateLabels = template.At("metadata").TextMap("labels"),
            Annotations = root.At("metadata").TextMap("annotations"),
            Status = status,
            Conditions = Shared.Api.Conditions.Read(status),
        };
    }
}
