using System.Collections.Immutable;
using ControlPlane.Workloads.ReplicaSets;
using Shared.Api;

namespace ControlPlane.Workloads.Deployments;

/// <summary>
/// The conditions Available, Progressing and ReplicaFailure, with the reasons <c>kubectl rollout status</c> and others go by.
/// </summary>
internal static class RolloutConditions
{
    public const string Available = "Available";
    public const string Progressing = "Progressing";
    public const string NewReplicaSetCreated = "NewReplicaSetCreated";
    public const string FoundNewReplicaSet = "FoundNewReplicaSet";
    public const string ReplicaSetUpdated = "ReplicaSetUpdated";
    public const string NewReplicaSetAvailable = "NewReplicaSetAvailable";
    public const string DeadlineExceeded = "ProgressDeadlineExceeded";
    public const string Paused = "DeploymentPaused";
    public const string Resumed = "DeploymentResumed";
    public const string FailedCreate = "ReplicaSetCreateError";

    /// <summary>Says that the rollout is paused or goes on again, so that the deadline does not run meanwhile.</summary>
    public static ImmutableArray<Condition> Pause(ImmutableArray<Condition> conditions, DeploymentState deployment, DateTimeOffset now)
    {
        if (deployment.ProgressDeadline is null) return conditions;
        var reason = conditions.Find(Progressing)?.Reason;
        if (reason == DeadlineExceeded) return conditions;
        if (deployment.Paused && reason != Paused) return Set(conditions, "Unknown", Paused, "Deployment is paused", now);
        return !deployment.Paused && reason == Paused ? Set(conditions, "Unknown", Resumed, "Deployment is resumed", now) : conditions;
    }

    /// <summary>Sets Progressing, as of now, if its status or reason changes.</summary>
    public static ImmutableArray<Condition> Set(ImmutableArray<Condition> conditions, string status, string reason, string message, DateTimeOffset now) =>
        conditions.WithNews(new(Progressing, status, reason, message, LastUpdate: now), now);

    /// <summary>The conditions that follow from the numbers and the time.</summary>
    public static ImmutableArray<Condition> Next(
        ImmutableArray<Condition> conditions, Rollout rollout, DeploymentStatus counted, string? currentName, DateTimeOffset now)
    {
        var deployment = rollout.Deployment;
        conditions = counted.Available >= deployment.Budget.MinAvailable
            ? conditions.WithNews(new(Available, "True", "MinimumReplicasAvailable", "Deployment has minimum availability.", LastUpdate: now), now)
            : conditions.WithNews(new(Available, "False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.", LastUpdate: now), now);
        conditions = deployment.ProgressDeadline is null
            ? conditions.Without(Progressing)
            : Progress(conditions, deployment, counted, currentName is null ? $"Deployment \"{deployment.Name}\"" : $"ReplicaSet \"{currentName}\"", now);
        var failure = (rollout.Current is null ? rollout.Old : [rollout.Current, .. rollout.Old])
            .Select(set => set.State.Conditions.Find(ReplicaSetStatus.ReplicaFailure)).FirstOrDefault(found => found is not null);
        if (failure is null) return conditions.Without(ReplicaSetStatus.ReplicaFailure);
        return conditions.WithNews(failure with { LastUpdate = failure.LastTransition ?? now }, now);
    }

    /// <summary>How long until the deadline may have passed; null if none runs.</summary>
    public static TimeSpan? UntilDeadline(ImmutableArray<Condition> conditions, DeploymentState deployment, DeploymentStatus counted, DateTimeOffset now)
    {
        if (deployment.Paused || deployment.ProgressDeadline is not { } deadline || counted.IsComplete(deployment)) return null;
        if (conditions.Find(Progressing) is not { LastUpdate: { } since } condition) return null;
        if (condition.Reason is DeadlineExceeded or NewReplicaSetAvailable) return null;
        var left = since + deadline - now;
        return (left > TimeSpan.Zero ? left : TimeSpan.Zero) + TimeSpan.FromSeconds(1);
    }

    private static ImmutableArray<Condition> Progress(
        ImmutableArray<Condition> conditions, DeploymentState deployment, DeploymentStatus counted, string subject, DateTimeOffset now)
    {
        var current = conditions.Find(Progressing);
        // What is complete stays so while its pods come and go: only a new template or size starts another rollout.
        if (counted.Replicas == counted.Updated && current?.Reason == NewReplicaSetAvailable) return conditions;
        if (counted.IsComplete(deployment)) return Set(conditions, "True", NewReplicaSetAvailable, $"{subject} has successfully progressed.", now);
        if (counted.IsProgress(DeploymentStatus.Stored(deployment)))
        {
            // Every bit of progress starts the deadline anew.
            return conditions.With(new(Progressing, "True", ReplicaSetUpdated, $"{subject} is progressing.", LastUpdate: now), now);
        }
        return TimedOut(current, deployment, now) ? Set(conditions, "False", DeadlineExceeded, $"{subject} has timed out progressing.", now) : conditions;
    }

    private static bool TimedOut(Condition? current, DeploymentState deployment, DateTimeOffset now)
    {
        if (current is null || current.Reason == NewReplicaSetAvailable) return false;
        return current.Reason == DeadlineExceeded || (!deployment.Paused && current.LastUpdate + deployment.ProgressDeadline < now);
    }
}
