using System.Globalization;
using System.Text.Json.Nodes;
using NodeActor.Runtime;
using Shared.Api;

namespace NodeActor.Pods.Machine;

/// <summary>What the stored status of a pod says of one container: what was, before this agent knew anything.</summary>
internal sealed record StoredStatus(string Id, int RestartCount, bool Ready, bool Started, JsonObject? Terminated)
{
    private const int Killed = 137;

    /// <summary>True if it ever had a container.</summary>
    public bool Ran => Id.Length > 0;

    public static StoredStatus? Of(PodDefinition pod, string name)
    {
        var found = new[] { "containerStatuses", "initContainerStatuses" }
            .SelectMany(list => (pod.Status[list] as JsonArray ?? []).OfType<JsonObject>())
            .FirstOrDefault(one => (string?)one["name"] == name);
        if (found is null) return null;
        var id = (string?)found["containerID"] ?? "";
        return new(
            id[(id.IndexOf("://", StringComparison.Ordinal) is var at and >= 0 ? at + 3 : 0)..],
            (int?)found["restartCount"] ?? 0,
            (bool?)found["ready"] ?? false,
            (bool?)found["started"] ?? false,
            found["state"]?["terminated"] as JsonObject);
    }

    /// <summary>
    /// The container as it must be taken to be when the runtime does not know it any more: ended as stored, or lost. It stands for the past attempt,
    /// so that policies, counts and phases go on from it.
    /// </summary>
    public RuntimeContainer Remember(PodUid uid, string name) => new(Id, uid, "", name, RestartCount, ContainerPhase.Exited)
    {
        ExitCode = Terminated is null ? Killed : (int?)Terminated["exitCode"] ?? 0,
        Reason = Terminated is null ? "ContainerStatusUnknown" : (string?)Terminated["reason"] ?? "",
        Message = Terminated is null ? "The container could not be located when the pod was looked for" : (string?)Terminated["message"] ?? "",
        StartedAt = Time(Terminated?["startedAt"]),
        FinishedAt = Time(Terminated?["finishedAt"]),
    };

    private static DateTimeOffset? Time(JsonNode? node) =>
        DateTimeOffset.TryParse((string?)node, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;
}
