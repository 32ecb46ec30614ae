using System.Text.Json.Nodes;
using Shared.Json;

namespace Shared.Api;

/// <summary>An entry of <c>status.conditions</c>. Of its times a kind has only some: <paramref name="LastUpdate"/> Deployments, <paramref name="LastHeartbeat"/> Nodes.</summary>
/// <param name="Status"><c>True</c>, <c>False</c> or <c>Unknown</c>.</param>
public sealed record Condition(
    string Type, string Status, string Reason = "", string Message = "", DateTimeOffset? LastTransition = null, DateTimeOffset? LastUpdate = null, DateTimeOffset? LastHeartbeat = null)
{
    /// <summary>Whether it is a pod's: those have a lastProbeTime, which nobody sets.</summary>
    public bool HasProbeTime { get; init; }

    /// <summary>A condition with a yes or a no for its status.</summary>
    public static Condition Of(string type, bool holds, string reason = "", string message = "") => new(type, holds ? "True" : "False", reason, message);

    /// <summary>This condition in the place of <paramref name="before"/>: the transition time moves only with the status.</summary>
    public Condition Since(Condition? before, DateTimeOffset now) => this with { LastTransition = before?.Status == Status ? before.LastTransition ?? now : now };

    /// <summary>Writes the members this condition has over those of an entry; reason and message go where this has none.</summary>
    internal void WriteTo(JsonObject entry)
    {
        entry["type"] = Type;
        entry["status"] = Status;
        if (HasProbeTime && !entry.ContainsKey("lastProbeTime")) entry["lastProbeTime"] = null;
        if (LastHeartbeat is { } heard) entry["lastHeartbeatTime"] = Rfc3339.Write(heard);
        if (LastUpdate is { } updated) entry["lastUpdateTime"] = Rfc3339.Write(updated);
        if (LastTransition is { } transition) entry["lastTransitionTime"] = Rfc3339.Write(transition);
        Write(entry, "reason", Reason);
        Write(entry, "message", Message);
    }

    private static void Write(JsonObject entry, string member, string text)
    {
        if (text.Length > 0) entry[member] = text;
        else entry.Remove(member);
    }
}
