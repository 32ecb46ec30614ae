using System.Text.Json.Nodes;
using ControlPlane.Objects;
using Shared.Json;

namespace ControlPlane.Telemetry.Events;

/// <summary>Counts repeats of an Event, from wherever they come: the sum is made in the Event's own actor.</summary>
public sealed record EventCountPatch(int Repeats, DateTimeOffset Last, string Message) : IObjectPatch
{
    /// <inheritdoc/>
    public PatchOutcome Apply(JsonObject current, KindDefinition kind)
    {
        current["count"] = (current.Number("count") ?? 1) + Repeats;
        current["lastTimestamp"] = Rfc3339.Write(Last);
        current["message"] = EventJson.Shorten(Message);
        return current;
    }
}
