using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Selectors;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Workloads.Jobs;

/// <summary>What the controller reads of a Job, parsed once per version.</summary>
internal sealed class JobState
{
    public required StoredObject Stored { get; init; }
    public required int Parallelism { get; init; }

    /// <summary>Null: a work queue, where any pod's success tells that the work is done.</summary>
    public required int? Completions { get; init; }
    public required int BackoffLimit { get; init; }
    public required int? BackoffLimitPerIndex { get; init; }
    public required int? MaxFailedIndexes { get; init; }
    public required TimeSpan? ActiveDeadline { get; init; }
    public required TimeSpan? Ttl { get; init; }
    public required bool Suspended { get; init; }
    public required bool Indexed { get; init; }

    /// <summary>Whether a pod is replaced only once it has ended, not when its deletion begins.</summary>
    public required bool OnlyReplaceFailed { get; init; }

    /// <summary>Whether containers that fail are started again in their pod.</summary>
    public required bool RestartsInPlace { get; init; }

    /// <summary>Whether another controller looks after it.</summary>
    public required bool ManagedElsewhere { get; init; }
    public required FailurePolicy Failures { get; init; }
    public required SuccessPolicy Successes { get; init; }
    public required LabelSelector Selector { get; init; }
    public required JsonElement Template { get; init; }

    /// <summary>The status as stored; undefined where there is none yet.</summary>
    public required JsonElement Status { get; init; }
    public required ImmutableArray<Condition> Conditions { get; init; }
    public required DateTimeOffset? StartTime { get; init; }

    /// <summary>Pods counted.</summary>
    public required int Succeeded { get; init; }
    public required int Failed { get; init; }

    /// <summary>Pods that ended and are not counted yet, by uid.</summary>
    public required FrozenSet<string> NotedSucceeded { get; init; }
    public required FrozenSet<string> NotedFailed { get; init; }
    public required IndexSet CompletedIndexes { get; init; }
    public required IndexSet FailedIndexes { get; init; }

    public string Name => Stored.Key.Name;
    public bool Deleting => Stored.Header.DeletionTimestamp is not null;

    /// <summary>The condition that says how it ended; null while it has not.</summary>
    public Condition? Ended => Holding(JobConditions.Complete) ?? Holding(JobConditions.Failed);

    public static JobState Of(StoredObject stored) => stored.Project(Read);

    /// <summary>A condition of the stored status, if it is True.</summary>
    public Condition? Holding(string type) => Conditions.Find(type) is { Status: "True" } found ? found : null;

    private static JobState Read(StoredObject stored)
    {
        var root = ObjectLimits.ParseElement(stored.Json);
        var (spec, status) = (root.At("spec"), root.At("status"));
        var (selector, notes) = (spec.At("selector"), status.At("uncountedTerminatedPods"));
        var completions = Whole(spec, "completions");
        var limit = completions ?? 0;
        var manager = spec.Text("managedBy");
        return new()
        {
            Stored = stored,
            Parallelism = spec.Int("parallelism", absent: 1),
            Completions = completions,
            BackoffLimit = spec.Int("backoffLimit", absent: 6),
            BackoffLimitPerIndex = Whole(spec, "backoffLimitPerIndex"),
            MaxFailedIndexes = Whole(spec, "maxFailedIndexes"),
            ActiveDeadline = Seconds(spec, "activeDeadlineSeconds"),
            Ttl = Seconds(spec, "ttlSecondsAfterFinished"),
            Suspended = spec.Flag("suspend") == true,
            Indexed = spec.Text("completionMode") == "Indexed",
            OnlyReplaceFailed = spec.Text("podReplacementPolicy") == "Failed" || spec.Child("podFailurePolicy") is not null,
            RestartsInPlace = spec.Text("template", "spec", "restartPolicy") == "OnFailure",
            ManagedElsewhere = manager.Length > 0 && manager != JobNames.Controller,
            Failures = FailurePolicy.Read(spec),
            Successes = SuccessPolicy.Read(spec),
            Selector = LabelSelector.From(selector.ValueKind == JsonValueKind.Object ? JsonObject.Create(selector) : null),
            Template = spec.At("template"),
            Status = status,
            Conditions = Shared.Api.Conditions.Read(status),
            StartTime = status.Time("startTime"),
            Succeeded = status.Int("succeeded"),
            Failed = status.Int("failed"),
            NotedSucceeded = notes.Texts("succeeded").ToFrozenSet(StringComparer.Ordinal),
            NotedFailed = notes.Texts("failed").ToFrozenSet(StringComparer.Ordinal),
            CompletedIndexes = IndexSet.Read(status.Text("completedIndexes"), limit),
            FailedIndexes = IndexSet.Read(status.Text("failedIndexes"), limit),
        };
    }

    private static int? Whole(JsonElement spec, string member) => (int?)spec.Number(member);

    private static TimeSpan? Seconds(JsonElement spec, string member) => spec.Number(member) is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
}
