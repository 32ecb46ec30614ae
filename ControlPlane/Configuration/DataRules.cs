using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Validation;
using Shared.Json;

namespace ControlPlane.Configuration;

/// <summary>Rules of the data that ConfigMaps and Secrets hold.</summary>
internal static class DataRules
{
    /// <summary>The most bytes the values of one object may have together.</summary>
    public const int MaxBytes = 1024 * 1024;

    /// <summary>Adds the faults of a map of texts and answers the bytes its values have.</summary>
    public static long Texts(JsonObject? data, FieldPath path, FieldErrors errors)
    {
        long bytes = 0;
        foreach (var (key, node) in data ?? [])
        {
            if (LabelSyntax.ConfigKey(key) is { } fault) errors.Invalid(path.Key(key), key, fault);
            if (node.TextOf() is { } text) bytes += System.Text.Encoding.UTF8.GetByteCount(text);
            else errors.Invalid(path.Key(key), node, "must be a string");
        }
        return bytes;
    }

    /// <summary>Adds the faults of a map of base64 and answers the bytes its values have when decoded.</summary>
    public static long Base64(JsonObject? data, FieldPath path, FieldErrors errors)
    {
        long bytes = 0;
        foreach (var (key, node) in data ?? [])
        {
            if (LabelSyntax.ConfigKey(key) is { } fault) errors.Invalid(path.Key(key), key, fault);
            if (node.TextOf() is { } text && System.Buffers.Text.Base64.IsValid(text, out var length)) bytes += length;
            else errors.Invalid(path.Key(key), "", "must be base64");
        }
        return bytes;
    }

    /// <summary>Adds every change of an object that was marked immutable.</summary>
    public static void Immutable(JsonObject updated, JsonObject current, FieldErrors errors, params ReadOnlySpan<string> members)
    {
        if (current.Flag("immutable") != true) return;
        const string Detail = "field is immutable when `immutable` is set";
        if (updated.Flag("immutable") != true) errors.Forbidden("immutable", Detail);
        foreach (var member in members)
        {
            if (!JsonNode.DeepEquals(updated[member], current[member])) errors.Forbidden(member, Detail);
        }
    }
}
