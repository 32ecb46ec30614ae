using System.Text.Json.Nodes;
using Shared.Api;
using Shared.Json;

namespace NodeActor.Hollow;

/// <summary>How far a simulated pod has come.</summary>
public enum HollowPhase { Running, Fenced, Succeeded }

/// <summary>A simulated pod: what it should be, and since when it has been what it is.</summary>
public sealed record HollowPod(ObjectKey Key, PodUid Uid, JsonObject Desired, HollowPhase Phase, DateTimeOffset Started, string Address)
{
    /// <summary>Whether the pod runs to an end: then it succeeds by itself.</summary>
    public bool Ends => Desired.Objects("metadata", "ownerReferences").Any(owner => owner.Text("kind") == "Job");

    /// <summary>Whether its object is being deleted.</summary>
    public bool IsDeleting => Desired.Has("metadata", "deletionTimestamp");

    /// <summary>The PodStatus a kubelet would report.</summary>
    public JsonObject Status(string hostIp, DateTimeOffset now)
    {
        var ready = Phase == HollowPhase.Running;
        var reason = ready ? "" : Phase == HollowPhase.Succeeded ? "PodCompleted" : "ContainersNotReady";
        var since = ready ? Started : now;
        Condition[] conditions =
        [
            Condition.Of("PodReadyToStartContainers", true), Condition.Of("Initialized", true), Condition.Of("Ready", ready, reason), Condition.Of("ContainersReady", ready, reason),
        ];
        var status = new JsonObject
        {
            ["phase"] = Phase == HollowPhase.Succeeded ? "Succeeded" : "Running",
            ["conditions"] = conditions.Select(condition => condition with { LastTransition = since }).ToJson(),
            ["hostIP"] = hostIp,
            ["hostIPs"] = new JsonArray(new JsonObject { ["ip"] = hostIp }),
            ["startTime"] = Rfc3339.Write(Started),
            ["containerStatuses"] = Containers("containers", Phase == HollowPhase.Running, now),
        };
        if (Address.Length > 0)
        {
            status["podIP"] = Address;
            status["podIPs"] = new JsonArray(new JsonObject { ["ip"] = Address });
        }
        if (Desired.HasElements("spec", "initContainers")) status["initContainerStatuses"] = Containers("initContainers", false, Started);
        return status;
    }

    private JsonArray Containers(string member, bool running, DateTimeOffset ended)
    {
        var statuses = new JsonArray();
        foreach (var container in Desired.Objects("spec", member))
        {
            var name = container.Text("name");
            var image = container.Text("image");
            var id = $"hollow://{Uid}-{name}";
            var completed = member == "initContainers" || Phase == HollowPhase.Succeeded;
            var state = running
                ? new JsonObject { ["running"] = new JsonObject { ["startedAt"] = Rfc3339.Write(Started) } }
                : new JsonObject
                {
                    ["terminated"] = new JsonObject
                    {
                        ["exitCode"] = completed ? 0 : 137,
                        ["reason"] = completed ? "Completed" : "Error",
                        ["startedAt"] = Rfc3339.Write(Started),
                        ["finishedAt"] = Rfc3339.Write(ended),
                        ["containerID"] = id,
                    },
                };
            statuses.Add((JsonNode)new JsonObject
            {
                ["name"] = name,
                ["image"] = image,
                ["imageID"] = image,
                ["containerID"] = id,
                ["ready"] = running || (completed && member == "initContainers"),
                ["started"] = running,
                ["restartCount"] = 0,
                ["state"] = state,
                ["lastState"] = new JsonObject(),
            });
        }
        return statuses;
    }
}
