using System.Text.Json.Nodes;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Workloads.Deployments;

/// <summary>
/// Beyond Kubernetes, and only where a Deployment asks for it by the annotation <see cref="OptIn"/>: a rollout whose progress deadline passes is undone, to the newest
/// revision that has not failed so itself. Each failed one is remembered, so that two bad ones never take turns.
/// </summary>
internal static class AutomaticRollback
{
    /// <summary>The annotation that asks for it, with the value <c>true</c>.</summary>
    public const string OptIn = "deployments.actors.io/automatic-rollback";

    /// <summary>The annotation that names the ReplicaSets that were rolled back from, separated by commas.</summary>
    public const string Failed = "deployments.actors.io/rolled-back-from";

    private const int MostRemembered = 20;

    /// <summary>The command that undoes the rollout; null: it goes on, or there is nothing to go back to.</summary>
    public static PatchObject? Command(Rollout rollout, Requester by)
    {
        var deployment = rollout.Deployment;
        if (deployment.Paused || deployment.Annotations.GetValueOrDefault(OptIn) != "true" || rollout.Current is not { } current) return null;

        // What is said of an earlier rollout says nothing of this one.
        if (deployment.Conditions.Find(RolloutConditions.Progressing) is not { Reason: RolloutConditions.DeadlineExceeded } condition
            || !condition.Message.Contains($"\"{current.Name}\"", StringComparison.Ordinal)) return null;
        string[] failed = [.. deployment.Annotations.GetValueOrDefault(Failed, "").Split(',', StringSplitOptions.RemoveEmptyEntries).Where(name => name != current.Name).TakeLast(MostRemembered - 1), current.Name];
        var good = rollout.Old.Where(set => !set.Deleting && RevisionAnnotations.Of(set) > 0 && !failed.Contains(set.Name)).MaxBy(RevisionAnnotations.Of);
        if (good is null) return null;
        var template = JsonObject.Create(good.State.Template)!.DeepClone().AsObject();
        template.Child("metadata").Child("labels")?.Remove(PodTemplate.HashLabel);
        return new(deployment.Stored.Key, new RollbackPatch(template, RevisionAnnotations.Of(good), string.Join(',', failed)), "", by)
        {
            // Not over what its author writes meanwhile.
            Preconditions = new(deployment.Stored.Uid, deployment.Stored.Revision),
        };
    }
}
