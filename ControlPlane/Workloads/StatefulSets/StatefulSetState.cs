using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Selectors;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Workloads.StatefulSets;

/// <summary>What the controller reads of a StatefulSet, parsed once per version.</summary>
internal sealed class StatefulSetState
{
    public required StoredObject Stored { get; init; }
    public required int Replicas { get; init; }

    /// <summary>The lowest ordinal.</summary>
    public required int Start { get; init; }

    /// <summary>Whether pods come one after the other, each when those before it are available, and go in the opposite order.</summary>
    public required bool Ordered { get; init; }

    /// <summary>Whether a changed template changes pods of itself.</summary>
    public required bool Rolling { get; init; }

    /// <summary>Pods of lower ordinals, counted from <see cref="Start"/>, keep the template they have.</summary>
    public required int Partition { get; init; }

    /// <summary>How many pods an update may make unavailable at once; one at least.</summary>
    public required int MaxUnavailable { get; init; }
    public required int MinReadySeconds { get; init; }
    public required int RevisionHistoryLimit { get; init; }
    public required string ServiceName { get; init; }
    public required LabelSelector Selector { get; init; }
    public required ImmutableSortedDictionary<string, string> MatchLabels { get; init; }
    public required JsonElement Template { get; init; }
    public required PodTemplate PodTemplate { get; init; }
    public required ImmutableArray<ClaimTemplate> Claims { get; init; }

    /// <summary>Whether the claims go with the set.</summary>
    public required bool ClaimsGoWithSet { get; init; }

    /// <summary>Whether the claims of a pod go when the set is made smaller.</summary>
    public required bool ClaimsGoWithPod { get; init; }
    public required JsonElement Status { get; init; }

    public string Name => Stored.Key.Name;
    public bool Deleting => Stored.Header.DeletionTimestamp is not null;
    public int CollisionCount => Status.Int("collisionCount");

    /// <summary>The revision that all pods had when the last update was complete; empty before the first.</summary>
    public string CurrentRevision => Status.Text("currentRevision");

    public static StatefulSetState Of(StoredObject stored) => stored.Project(Read);

    private static StatefulSetState Read(StoredObject stored)
    {
        var root = ObjectLimits.ParseElement(stored.Json);
        var spec = root.At("spec");
        var (template, strategy, retention) = (spec.At("template"), spec.At("updateStrategy"), spec.At("persistentVolumeClaimRetentionPolicy"));
        var replicas = spec.Int("replicas", absent: 1);
        var unavailable = strategy.At("rollingUpdate", "maxUnavailable");
        return new()
        {
            Stored = stored,
            Replicas = replicas,
            Start = spec.At("ordinals").Int("start"),
            Ordered = spec.Text("podManagementPolicy") != "Parallel",
            Rolling = strategy.Text("type") != "OnDelete",
            Partition = strategy.At("rollingUpdate").Int("partition"),
            MaxUnavailable = unavailable.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null ? 1 : Math.Max(1, CountOrPart.Of(unavailable, replicas, up: true)),
            MinReadySeconds = spec.Int("minReadySeconds"),
            RevisionHistoryLimit = spec.Int("revisionHistoryLimit", absent: 10),
            ServiceName = spec.Text("serviceName"),
            Selector = LabelSelector.From(spec.Child("selector") is { } selector ? JsonObject.Create(selector) : null),
            MatchLabels = spec.TextMap("selector", "matchLabels"),
            Template = template,
            PodTemplate = PodTemplate.Of(template),
            Claims = [.. ClaimTemplate.ReadAll(spec)],
            ClaimsGoWithSet = retention.Text("whenDeleted") == "Delete",
            ClaimsGoWithPod = retention.Text("whenScaled") == "Delete",
            Status = root.At("status"),
        };
    }
}
