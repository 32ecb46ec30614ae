using System.Text.Json.Nodes;
using NodeActor.Runtime;
using Shared.Api;
using Shared.Json;

namespace NodeActor.Pods.Machine;

/// <summary>What the stored status of a pod says of one container: what was, before this agent knew anything.</summary>
internal sealed record StoredStatus(string Id, int RestartCount, bool Ready, bool Started, JsonObject? Terminated)
{
    private const int Killed = 137;
    private const string UnknownStatus = "ContainerStatusUnknown";
    private const string NotLocated = "The container could not be located when the pod was looked for";

    /// <summary>True if it ever had a container.</summary>
    public bool Ran => Id.Length > 0;

    public static StoredStatus? Of(PodDefinition pod, string name)
    {
        var found = new[] { "containerStatuses", "initContainerStatuses" }
            .SelectMany(list => pod.Status.Objects(list))
            .FirstOrDefault(one => one.Text("name") == name);
        if (found is null) return null;
        var id = found.Text("containerID");
        return new(
            id[(id.IndexOf("://", StringComparison.Ordinal) is var at and >= 0 ? at + 3 : 0)..],
            (int)(found.Number("restartCount") ?? 0),
            found.Flag("ready") == true,
            found.Flag("started") == true,
            found.Child("state", "terminated"));
    }

    /// <summary>
    /// The container as it must be taken to be when the runtime does not know it any more: ended as stored, or lost. It stands for the past attempt,
    /// so that policies, counts and phases go on from it.
    /// </summary>
    public RuntimeContainer Remember(PodUid uid, string name) => new(Id, uid, "", name, RestartCount, ContainerPhase.Exited)
    {
        ExitCode = Terminated is null ? Killed : (int)(Terminated.Number("exitCode") ?? 0),
        Reason = Terminated is null ? UnknownStatus : Terminated.Text("reason"),
        Message = Terminated is null ? NotLocated : Terminated.Text("message"),
        StartedAt = Terminated.Time("startedAt"),
        FinishedAt = Terminated.Time("finishedAt"),
    };

    /// <summary>The same for one that this agent knew and the runtime does not any more.</summary>
    public static RuntimeContainer Lost(RuntimeContainer known) => known.Phase == ContainerPhase.Exited
        ? known with { SandboxId = "" }
        : known with { SandboxId = "", Phase = ContainerPhase.Exited, ExitCode = Killed, Reason = UnknownStatus, Message = NotLocated };
}
