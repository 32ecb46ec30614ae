using System.Text.Json;
using Shared.Api;

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
        var metadata = Member(pod, "metadata");
        var status = Member(pod, "status");
        return new(new PodUid(Text(metadata, "uid")), Items(metadata, "ownerReferences").Any(owner => Text(owner, "kind") == "StatefulSet"), Text(status, "phase"), IsReady(status));
    }

    /// <summary>Phase and readiness of a bare PodStatus.</summary>
    /// <exception cref="JsonException">The bytes are no JSON.</exception>
    public static (string Phase, bool Ready) ReadStatus(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json, ObjectLimits.Document);
        return (Text(document.RootElement, "phase"), IsReady(document.RootElement));
    }

    private static bool IsReady(JsonElement status) =>
        Items(status, "conditions").Any(condition => Text(condition, "type") == "Ready" && Text(condition, "status") == "True");

    private static JsonElement Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var member) ? member : default;

    private static string Text(JsonElement element, string name) =>
        Member(element, name) is { ValueKind: JsonValueKind.String } text ? text.GetString()! : "";

    private static IEnumerable<JsonElement> Items(JsonElement element, string name) =>
        Member(element, name) is { ValueKind: JsonValueKind.Array } items ? items.EnumerateArray() : [];
}
