using System.Text.Json.Nodes;
using ControlPlane.Catalogue.Printing;

namespace ControlPlane.Workloads.Pods;

/// <summary>
/// The words <c>kubectl get pods</c> has for a pod: how many containers are ready, what the one that says most is doing, how often they
/// restarted and when last.
/// </summary>
internal sealed record PodStatusText(int Ready, int Total, string Reason, long Restarts, DateTimeOffset? LastRestart)
{
    /// <summary>Derives the words from a pod by the rules of Kubernetes' printer.</summary>
    public static PodStatusText Of(JsonObject pod)
    {
        var phase = pod.Str("status", "phase");
        var reason = Column.Or(pod.Str("status", "reason"), phase);
        if (pod.Condition("PodScheduled").Str("reason") == "SchedulingGated") reason = "SchedulingGated";

        var sidecars = pod.List("spec", "initContainers").Where(IsSidecar).Select(container => container.Str("name")).ToHashSet(StringComparer.Ordinal);
        var total = pod.List("spec", "containers").Count + sidecars.Count;
        var init = ReadInit(pod, sidecars);
        reason = init.Reason ?? reason;
        var (ready, restarts, lastRestart) = (init.Ready, init.Restarts, init.LastRestart);
        if (init.Reason is null || pod.Holds("Initialized"))
        {
            (restarts, lastRestart) = (init.SidecarRestarts, init.SidecarLastRestart);
            var running = false;
            foreach (var container in pod.List("status", "containerStatuses").Reverse())
            {
                restarts += container.Int("restartCount") ?? 0;
                lastRestart = Later(lastRestart, LastEnd(container));
                if (container.Str("state", "waiting", "reason") is { Length: > 0 } waiting) reason = waiting;
                else if (container.At("state", "terminated") is { } ended) reason = Ending(ended);
                else if (container.Flag("ready") == true && container.At("state", "running") is not null)
                {
                    running = true;
                    ready++;
                }
            }
            // A container that has finished does not hide those that go on.
            if (reason == "Completed" && running) reason = pod.Holds("Ready") ? "Running" : "NotReady";
        }
        if (pod.IsDeleting())
        {
            if (pod.Str("status", "reason") == "NodeLost") reason = "Unknown";
            else if (phase is not ("Succeeded" or "Failed")) reason = "Terminating";
        }
        return new(ready, total, reason, restarts, lastRestart);
    }

    /// <summary>The restarts, with the time since the last one where it is known: <c>3 (5s ago)</c>.</summary>
    public string RestartText(DateTimeOffset now) => Restarts == 0 || LastRestart is null ? $"{Restarts}" : $"{Restarts} ({HumanDuration.Since(LastRestart, now)} ago)";

    private static InitState ReadInit(JsonObject pod, HashSet<string> sidecars)
    {
        var state = new InitState();
        var statuses = pod.List("status", "initContainerStatuses");
        for (var index = 0; index < statuses.Count; index++)
        {
            var container = statuses[index];
            var sidecar = sidecars.Contains(container.Str("name"));
            var restarts = container.Int("restartCount") ?? 0;
            state.Restarts += restarts;
            state.LastRestart = Later(state.LastRestart, LastEnd(container));
            if (sidecar)
            {
                state.SidecarRestarts += restarts;
                state.SidecarLastRestart = Later(state.SidecarLastRestart, LastEnd(container));
            }
            var ended = container.At("state", "terminated");
            if (ended is not null && (ended.Int("exitCode") ?? 0) == 0) continue;
            if (sidecar && container.Flag("started") == true)
            {
                if (container.Flag("ready") == true) state.Ready++;
                continue;
            }
            state.Reason = "Init:" + (ended is not null
                ? Ending(ended)
                : container.Str("state", "waiting", "reason") is { Length: > 0 } waiting && waiting != "PodInitializing"
                    ? waiting
                    : $"{index}/{pod.List("spec", "initContainers").Count}");
            break;
        }
        return state;
    }

    private static string Ending(JsonNode ended)
    {
        if (ended.Str("reason") is { Length: > 0 } reason) return reason;
        var signal = ended.Int("signal") ?? 0;
        return signal != 0 ? $"Signal:{signal}" : $"ExitCode:{ended.Int("exitCode") ?? 0}";
    }

    private static bool IsSidecar(JsonNode? container) => container.Str("restartPolicy") == "Always";

    private static DateTimeOffset? LastEnd(JsonNode? container) => container.Time("lastState", "terminated", "finishedAt");

    private static DateTimeOffset? Later(DateTimeOffset? one, DateTimeOffset? other) => one is null || other > one ? other ?? one : one;

    private sealed class InitState
    {
        /// <summary>Null once every init container is past what holds the pod up.</summary>
        public string? Reason { get; set; }
        public int Ready { get; set; }
        public long Restarts { get; set; }
        public DateTimeOffset? LastRestart { get; set; }
        public long SidecarRestarts { get; set; }
        public DateTimeOffset? SidecarLastRestart { get; set; }
    }
}
