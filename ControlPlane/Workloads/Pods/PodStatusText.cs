using System.Text.Json.Nodes;
using ControlPlane.Catalogue.Printing;
using Shared.Api;
using Shared.Json;

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
        var phase = pod.Text("status", "phase");
        var reason = Column.Or(pod.Text("status", "reason"), phase);
        if (Conditions.Find(pod.At("status"), "PodScheduled")?.Reason == "SchedulingGated") reason = "SchedulingGated";

        var sidecars = pod.Items("spec", "initContainers").Where(IsSidecar).Select(container => container.Text("name")).ToHashSet(StringComparer.Ordinal);
        var total = pod.Items("spec", "containers").Count + sidecars.Count;
        var init = ReadInit(pod, sidecars);
        reason = init.Reason ?? reason;
        var (ready, restarts, lastRestart) = (init.Ready, init.Restarts, init.LastRestart);
        if (init.Reason is null || Conditions.Holds(pod.At("status"), "Initialized"))
        {
            (restarts, lastRestart) = (init.SidecarRestarts, init.SidecarLastRestart);
            var running = false;
            foreach (var container in pod.Items("status", "containerStatuses").Reverse())
            {
                restarts += container.Number("restartCount") ?? 0;
                lastRestart = Later(lastRestart, LastEnd(container));
                if (container.Text("state", "waiting", "reason") is { Length: > 0 } waiting) reason = waiting;
                else if (container.At("state", "terminated") is { } ended) reason = Ending(ended);
                else if (container.Flag("ready") == true && container.At("state", "running") is not null)
                {
                    running = true;
                    ready++;
                }
            }
            // A container that has finished does not hide those that go on.
            if (reason == "Completed" && running) reason = Conditions.Holds(pod.At("status"), "Ready") ? "Running" : "NotReady";
        }
        if (pod.Has("metadata", "deletionTimestamp"))
        {
            if (pod.Text("status", "reason") == "NodeLost") reason = "Unknown";
            else if (phase is not ("Succeeded" or "Failed")) reason = "Terminating";
        }
        return new(ready, total, reason, restarts, lastRestart);
    }

    /// <summary>The restarts, with the time since the last one where it is known: <c>3 (5s ago)</c>.</summary>
    public string RestartText(DateTimeOffset now) => Restarts == 0 || LastRestart is null ? $"{Restarts}" : $"{Restarts} ({HumanDuration.Since(LastRestart, now)} ago)";

    private static InitState ReadInit(JsonObject pod, HashSet<string> sidecars)
    {
        var state = new InitState();
        var statuses = pod.Items("status", "initContainerStatuses");
        for (var index = 0; index < statuses.Count; index++)
        {
            var container = statuses[index];
            var sidecar = sidecars.Contains(container.Text("name"));
            var restarts = container.Number("restartCount") ?? 0;
            state.Restarts += restarts;
            state.LastRestart = Later(state.LastRestart, LastEnd(container));
            if (sidecar)
            {
                state.SidecarRestarts += restarts;
                state.SidecarLastRestart = Later(state.SidecarLastRestart, LastEnd(container));
            }
            var ended = container.At("state", "terminated");
            if (ended is not null && (ended.Number("exitCode") ?? 0) == 0) continue;
            if (sidecar && container.Flag("started") == true)
            {
                if (container.Flag("ready") == true) state.Ready++;
                continue;
            }
            state.Reason = "Init:" + (ended is not null
                ? Ending(ended)
                : container.Text("state", "waiting", "reason") is { Length: > 0 } waiting && waiting != "PodInitializing"
                    ? waiting
                    : $"{index}/{pod.Items("spec", "initContainers").Count}");
            break;
        }
        return state;
    }

    private static string Ending(JsonNode ended)
    {
        if (ended.Text("reason") is { Length: > 0 } reason) return reason;
        var signal = ended.Number("signal") ?? 0;
        return signal != 0 ? $"Signal:{signal}" : $"ExitCode:{ended.Number("exitCode") ?? 0}";
    }

    private static bool IsSidecar(JsonNode? container) => container.Text("restartPolicy") == "Always";

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
