using System.Text.Json.Nodes;
using NodeActor.Pods.Machine;
using NodeActor.Probes;
using NodeActor.Runtime;
using Shared.Json;

namespace NodeActor.Pods.Status;

/// <summary>What a container's status says, in the few distinctions phase and conditions need.</summary>
public enum ContainerStage
{
    /// <summary>Never ran and does not run.</summary>
    Waiting,

    /// <summary>Ran before and waits for its next start.</summary>
    Backoff,
    Running,
    Succeeded,
    Failed,
}

/// <summary>A container's status: the JSON that is reported, and what it comes to.</summary>
public sealed record ContainerReport(ContainerDefinition Container, JsonObject Json, ContainerStage Stage, bool Ready, bool Started);

/// <summary>Writes <c>containerStatuses</c>.</summary>
internal static class ContainerStatusBuilder
{
    /// <summary>The status of one container. <paramref name="stopping"/>: nothing will be started any more.</summary>
    public static ContainerReport Build(PodState state, ContainerPlan plan, ContainerDefinition container, bool stopping, TimeSpan now)
    {
        var observed = state.Observed ?? RuntimePod.Empty;
        // One that was created and never ran is no attempt yet: it may be swept away and made anew under the same number.
        var ran = observed.Containers.Where(one => one.Name == container.Name && one.Phase != ContainerPhase.Created).OrderByDescending(one => one.Attempt).ToArray();
        var (latest, previous) = (ran.FirstOrDefault(), ran.Skip(1).FirstOrDefault());
        var (current, last, stage) = States(state, plan, container, latest, previous, stopping, now);
        var running = stage == ContainerStage.Running;
        var started = running && ContainerPlan.Started(state, container, latest!);
        var ready = container.Role == ContainerRole.Init ? stage == ContainerStage.Succeeded : started && Ready(state, container, latest!);
        var json = new JsonObject
        {
            ["name"] = container.Name,
            ["state"] = current,
            ["lastState"] = last is null ? new JsonObject() : new JsonObject { ["terminated"] = Terminated(last) },
            ["ready"] = ready,
            ["restartCount"] = latest?.Attempt ?? 0,
            ["image"] = container.Spec.Image,
            ["imageID"] = latest?.ImageRef ?? "",
            ["started"] = started,
        };
        if (latest is not null) json["containerID"] = ContainerId(latest);
        return new(container, json, stage, ready, started);
    }

    /// <summary>The id as Kubernetes writes it: scheme and runtime id.</summary>
    public static string ContainerId(RuntimeContainer container) => $"containerd://{container.Id}";

    private static bool Ready(PodState state, ContainerDefinition container, RuntimeContainer running) =>
        container.Spec.ReadinessProbe is null || state.Probes.GetValueOrDefault(new(running.Id, ProbeKind.Readiness))?.Passed == true;

    private static (JsonObject State, RuntimeContainer? Last, ContainerStage Stage) States(
        PodState state, ContainerPlan plan, ContainerDefinition container, RuntimeContainer? latest, RuntimeContainer? previous, bool stopping, TimeSpan now)
    {
        switch (latest?.Phase)
        {
            case ContainerPhase.Running or ContainerPhase.Unknown:
                return (new() { ["running"] = new JsonObject { ["startedAt"] = Rfc3339.Write(latest.StartedAt ?? latest.CreatedAt) } }, previous, ContainerStage.Running);
            case ContainerPhase.Exited:
                var start = plan.Starts.FirstOrDefault(one => one.Container.Name == container.Name);
                if (!stopping && start is not null && Obstacle(state, container, start, now) is { } why) return (Waiting(why.Reason, why.Message), latest, ContainerStage.Backoff);
                var ended = latest.ExitCode == 0 ? ContainerStage.Succeeded : ContainerStage.Failed;
                return (new() { ["terminated"] = Terminated(latest) }, previous, !stopping && start is not null ? ContainerStage.Backoff : ended);
            default:
                if (state.Failure is { } failed && stopping) return (Waiting(failed.Reason, failed.Message), null, ContainerStage.Waiting);
                var next = plan.Starts.FirstOrDefault(one => one.Container.Name == container.Name);
                var obstacle = next is null ? null : Obstacle(state, container, next, now);
                var initializing = container.Role == ContainerRole.Main ? !plan.Initialized : next is null && !state.Busy($"container/{container.Name}");
                return (obstacle is { } found ? Waiting(found.Reason, found.Message) : Waiting(initializing ? "PodInitializing" : "ContainerCreating", ""),
                    null, ContainerStage.Waiting);
        }
    }

    /// <summary>What keeps a container from starting: its back-off, its image, or what went wrong when it was made.</summary>
    private static (string Reason, string Message)? Obstacle(PodState state, ContainerDefinition container, PlannedStart start, TimeSpan now)
    {
        if (now < start.NotBefore && state.Observed!.Latest(container.Name) is { } exited)
        {
            return ("CrashLoopBackOff", $"back-off {Duration(exited.RestartDelay)} restarting failed container={container.Name} pod={PodName(state)}");
        }
        if (state.Troubles.TryGetValue($"image/{container.Name}", out var image)) return (image.Told ? BackOffReason(image) : image.Reason, BackOffMessage(container, image));
        return state.Troubles.TryGetValue($"container/{container.Name}", out var made) && made.Reason.Length > 0 ? (made.Reason, made.Message) : null;
    }

    /// <summary>A pod as the kubelet's messages name it.</summary>
    public static string PodName(PodState state) => $"{state.Key.Name}_{state.Key.Namespace}({state.Uid})";

    private static string BackOffReason(Trouble image) => image.Reason == "ErrImagePull" ? "ImagePullBackOff" : image.Reason;

    private static string BackOffMessage(ContainerDefinition container, Trouble image) =>
        image is { Told: true, Reason: "ErrImagePull" } ? $"Back-off pulling image \"{container.Spec.Image}\": ErrImagePull: {image.Message}" : image.Message;

    private static string Duration(TimeSpan delay) =>
        delay.TotalSeconds < 60 ? $"{delay.TotalSeconds:0}s" : $"{(int)delay.TotalMinutes}m{delay.Seconds}s";

    private static JsonObject Waiting(string reason, string message)
    {
        var waiting = new JsonObject { ["reason"] = reason };
        if (message.Length > 0) waiting["message"] = message;
        return new() { ["waiting"] = waiting };
    }

    private static JsonObject Terminated(RuntimeContainer container)
    {
        var json = new JsonObject
        {
            ["exitCode"] = container.ExitCode,
            ["reason"] = container.Reason is { Length: > 0 } reason ? reason : container.ExitCode == 0 ? "Completed" : "Error",
            ["startedAt"] = Rfc3339.Write(container.StartedAt ?? DateTimeOffset.UnixEpoch),
            ["finishedAt"] = Rfc3339.Write(container.FinishedAt ?? container.CreatedAt),
            ["containerID"] = ContainerId(container),
        };
        if (container.Message.Length > 0) json["message"] = container.Message;
        return json;
    }
}
