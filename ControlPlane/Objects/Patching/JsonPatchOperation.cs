using System.Text.Json.Nodes;
using Shared.Json;

namespace ControlPlane.Objects.Patching;

internal enum JsonPatchOp { Add, Remove, Replace, Move, Copy, Test }

/// <summary>One operation of a JSON patch. <paramref name="From"/> is there for a move or a copy only.</summary>
internal sealed record JsonPatchOperation(JsonPatchOp Op, JsonPointer Path, JsonPointer? From, JsonNode? Value)
{
    /// <summary>Reads an operation; null, and the fault, of one that lacks what its kind needs.</summary>
    public static JsonPatchOperation? TryRead(JsonNode? json, out string fault)
    {
        fault = "";
        if (json is not JsonObject entry)
        {
            fault = "not an object";
            return null;
        }
        JsonPatchOp? op = entry.Text("op") switch
        {
            "add" => JsonPatchOp.Add,
            "remove" => JsonPatchOp.Remove,
            "replace" => JsonPatchOp.Replace,
            "move" => JsonPatchOp.Move,
            "copy" => JsonPatchOp.Copy,
            "test" => JsonPatchOp.Test,
            _ => null,
        };
        if (op is null) fault = $"unexpected kind: \"{entry.Text("op")}\"";
        var path = Pointer(entry, "path", ref fault);
        var from = op is JsonPatchOp.Move or JsonPatchOp.Copy ? Pointer(entry, "from", ref fault) : null;
        if (op is JsonPatchOp.Add or JsonPatchOp.Replace or JsonPatchOp.Test && !entry.ContainsKey("value")) fault = "missing value";
        return fault.Length == 0 ? new(op!.Value, path!, from, entry["value"]) : null;
    }

    private static JsonPointer? Pointer(JsonObject entry, string member, ref string fault)
    {
        if (entry[member].TextOf() is not { } text) fault = $"missing {member}";
        else if (JsonPointer.TryParse(text, out var pointer)) return pointer;
        else fault = $"{member} \"{text}\" is not a JSON pointer";
        return null;
    }
}
