using System.Text.Json.Nodes;
using ControlPlane.Objects;

namespace ControlPlane.Nodes;

/// <summary>Changes of a status' <c>conditions</c>, with lastTransitionTime kept while the status stays the same.</summary>
internal static class ConditionList
{
    /// <summary>Sets one condition, in its place if it is there.</summary>
    /// <param name="heartbeat">Also sets lastHeartbeatTime: for a condition the node itself has just told.</param>
    public static void Set(JsonObject status, string type, string value, string reason, string message, DateTimeOffset now, bool heartbeat = false)
    {
        if (status["conditions"] is not JsonArray conditions) status["conditions"] = conditions = [];
        var found = conditions.OfType<JsonObject>().FirstOrDefault(condition => condition.Text("type") == type);
        if (found is null)
        {
            found = new() { ["type"] = type };
            conditions.Add((JsonNode)found);
        }
        if (found.Text("status") != value || !found.ContainsKey("lastTransitionTime")) found["lastTransitionTime"] = ObjectJson.Timestamp(now);
        found["status"] = value;
        if (reason.Length > 0) found["reason"] = reason;
        else found.Remove("reason");
        if (message.Length > 0) found["message"] = message;
        else found.Remove("message");
        if (heartbeat) found["lastHeartbeatTime"] = ObjectJson.Timestamp(now);
    }

    /// <summary>An object's status, made if it is missing.</summary>
    public static JsonObject Status(this JsonObject @object)
    {
        if (@object["status"] is JsonObject status) return status;
        status = [];
        @object["status"] = status;
        return status;
    }
}
