using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Shared.Api;

namespace ControlPlane.Objects.Patching;

/// <summary>
/// A JSON patch (RFC 6902): a list of operations, all of which apply or none. Bounded by the number of operations and by how much its
/// copies may add, so that a short body cannot make a huge object.
/// </summary>
public static class JsonPatch
{
    public const int MaxOperations = 10_000;

    /// <summary>How many characters of JSON the copy operations of one patch may add together.</summary>
    public const int MaxCopied = 3 * 1024 * 1024;

    /// <summary>Carries a patch out. One that is no list of operations is 400, one with too many 413, one that does not fit the object 422.</summary>
    internal static PatchOutcome Apply(JsonObject current, JsonNode? patch) => Apply(current, patch, out _);

    /// <summary>As the other.</summary>
    /// <param name="current">The object, which is the patch's to change, also where it is refused.</param>
    /// <param name="patch">The list of operations.</param>
    /// <param name="hasFailedTest">Whether it is refused because of a test of its own.</param>
    internal static PatchOutcome Apply(JsonObject current, JsonNode? patch, out bool hasFailedTest)
    {
        hasFailedTest = false;
        if (Read(patch, out var operations) is { } unreadable) return unreadable;
        JsonNode? document = current;
        long copied = 0;
        foreach (var operation in operations)
        {
            var fault = Apply(operation, ref document, ref copied);
            if (fault.Length == 0) continue;
            hasFailedTest = operation.Op is JsonPatchOp.Test;
            return PatchFault.NotApplicable(fault);
        }
        return document is JsonObject patched ? patched : PatchFault.NotApplicable("the patched document is not an object");
    }

    private static ApiStatus? Read(JsonNode? json, out ImmutableArray<JsonPatchOperation> operations)
    {
        operations = [];
        if (json is not JsonArray list) return ApiStatus.BadRequest("error decoding patch: the patch must be a list of operations");
        if (list.Count > MaxOperations)
        {
            return ApiStatus.TooLarge($"The allowed maximum operations in a JSON patch is {MaxOperations}, got {list.Count}");
        }
        var read = ImmutableArray.CreateBuilder<JsonPatchOperation>(list.Count);
        foreach (var entry in list)
        {
            if (JsonPatchOperation.TryRead(entry, out var fault) is not { } operation)
            {
                return ApiStatus.BadRequest($"error decoding patch: operation {read.Count}: {fault}");
            }
            read.Add(operation);
        }
        operations = read.DrainToImmutable();
        return null;
    }

    private static string Apply(JsonPatchOperation operation, ref JsonNode? document, ref long copied)
    {
        var path = operation.Path;
        switch (operation.Op)
        {
            case JsonPatchOp.Test:
                if (!path.TryGet(document, out var actual)) return $"testing value {path} failed: missing path";
                return JsonNode.DeepEquals(actual, operation.Value) ? "" : $"testing value {path} failed: test failed";
            case JsonPatchOp.Add:
                return Put(ref document, path, operation.Value?.DeepClone(), replace: false, "add");
            case JsonPatchOp.Replace:
                return Put(ref document, path, operation.Value?.DeepClone(), replace: true, "replace");
            case JsonPatchOp.Remove:
                return path.TryRemove(document, out _) ? "" : $"remove operation does not apply: doc is missing path: \"{path}\": missing value";
            case JsonPatchOp.Move:
                return Move(operation, ref document);
            default:
                if (!operation.From!.TryGet(document, out var source)) return $"copy operation does not apply: doc is missing from path: \"{operation.From}\": missing value";
                copied += source?.ToJsonString().Length ?? 4;
                return copied > MaxCopied
                    ? $"Unable to complete the copy, the accumulated size increase of copy is {copied}, exceeding the limit {MaxCopied}"
                    : Put(ref document, path, source?.DeepClone(), replace: false, "copy");
        }
    }

    private static string Move(JsonPatchOperation operation, ref JsonNode? document)
    {
        var (from, path) = (operation.From!, operation.Path);
        if (from.IsPrefixOf(path) && !path.IsPrefixOf(from)) return $"move operation does not apply: \"{path}\" lies within \"{from}\"";
        if (path.IsPrefixOf(from) && from.IsPrefixOf(path)) return from.TryGet(document, out _) ? "" : Missing();
        return from.TryRemove(document, out var moved) ? Put(ref document, path, moved, replace: false, "move") : Missing();

        string Missing() => $"move operation does not apply: doc is missing from path: \"{from}\": missing value";
    }

    private static string Put(ref JsonNode? document, JsonPointer path, JsonNode? value, bool replace, string op)
    {
        if (path.Length + ObjectDepth.Of(value) > ObjectLimits.MaxDepth) return $"{op} operation does not apply: \"{path}\" would be nested more than {ObjectLimits.MaxDepth} deep";
        if (path.Length == 0)
        {
            document = value;
            return "";
        }
        return path.TryPut(document, value, replace) ? "" : $"{op} operation does not apply: doc is missing path: \"{path}\": missing value";
    }
}
