using System.Text.Json;
using Shared.Api;
using Shared.Json;

namespace NodeActor.Agent;

/// <summary>What the agent itself reads of a pod.</summary>
/// <param name="MustNotRunTwice">Whether a second pod of this identity would do harm: it belongs to a StatefulSet.</param>
/// <param name="Phase"><c>status.phase</c>, empty where there is none.</param>
/// <param name="Ready">Whether the Ready condition is True.</param>
public sealed record ReportedPod(PodUid Uid, bool MustNotRunTwice, string Phase, bool Ready)
{
    /// <exception cref="JsonException">The bytes are no JSON.</exception>
    public static ReportedPod Read(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json, ObjectLimits.Document);
        var pod = document.RootElement;
        var stateful = pod.Objects("metadata", "ownerReferences").Any(owner => owner.Text("kind") == "StatefulSet");
        return new(new PodUid(pod.Text("metadata", "uid")), stateful, pod.Text("status", "phase"), IsReady(pod.At("status")));
    }

    /// <summary>Phase and readiness of a bare PodStatus.</summary>
    /// <exception cref="JsonException">The bytes are no JSON.</exception>
    public static (string Phase, bool Ready) ReadStatus(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json, ObjectLimits.Document);
        return (document.RootElement.Text("phase"), IsReady(document.RootElement));
    }

    private static bool IsReady(JsonElement status) => Conditions.Read(status).Find("Ready")?.Status == "True";
}
