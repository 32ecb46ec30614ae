using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Workloads.Patches;

namespace ControlPlane.Workloads;

/// <summary>Writes a status only if it says something new.</summary>
internal static class StatusChange
{
    /// <summary>The command that stores <paramref name="wanted"/> as the object's status, or null if it is there already.</summary>
    public static PatchObject? From(StoredObject self, JsonElement current, JsonObject wanted, Requester by)
    {
        var present = current.ValueKind == JsonValueKind.Object ? JsonObject.Create(current) : new JsonObject();
        return JsonNode.DeepEquals(present, wanted) ? null : new(self.Key, new StatusPatch(wanted), "status", by) { Preconditions = new(self.Uid) };
    }
}
