using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Telemetry.Events;

/// <summary>Notes as core/v1 Events.</summary>
internal static class EventJson
{
    private const int LongestName = 253;

    /// <summary>
    /// The Event's key: in the namespace of what it is about (<c>default</c> for what has none), under a name that follows from what is
    /// counted together, so that a repeat finds its Event after a restart and from another process.
    /// </summary>
    public static ObjectKey KeyOf(EventNote note, string countedAs)
    {
        var hash = 14695981039346656037UL;
        foreach (var part in (ReadOnlySpan<string>)[note.Regarding.Kind, note.Regarding.Uid, note.Regarding.FieldPath, note.Type, note.Reason, note.Component, note.Host, countedAs])
        {
            foreach (var letter in part) hash = (hash ^ letter) * 1099511628211UL;
            hash = (hash ^ 0xFFFF) * 1099511628211UL;
        }
        var suffix = "." + hash.ToString("x16", CultureInfo.InvariantCulture);
        var name = note.Regarding.Name.Length > LongestName - suffix.Length ? note.Regarding.Name[..(LongestName - suffix.Length)].TrimEnd('.', '-') : note.Regarding.Name;
        return new("", "events", note.Regarding.Namespace.Length == 0 ? "default" : note.Regarding.Namespace, name + suffix);
    }

    public static JsonObject Create(ObjectKey key, EventNote note, string message, int count, DateTimeOffset first, DateTimeOffset last)
    {
        var regarding = new JsonObject { ["kind"] = note.Regarding.Kind };
        Set(regarding, "namespace", note.Regarding.Namespace);
        regarding["name"] = note.Regarding.Name;
        Set(regarding, "uid", note.Regarding.Uid);
        Set(regarding, "apiVersion", note.Regarding.ApiVersion);
        Set(regarding, "fieldPath", note.Regarding.FieldPath);
        var source = new JsonObject { ["component"] = note.Component };
        Set(source, "host", note.Host);
        return new()
        {
            ["kind"] = "Event",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject { ["name"] = key.Name, ["namespace"] = key.Namespace },
            ["involvedObject"] = regarding,
            ["reason"] = note.Reason,
            ["message"] = Shorten(message),
            ["source"] = source,
            ["firstTimestamp"] = Rfc3339.Write(first),
            ["lastTimestamp"] = Rfc3339.Write(last),
            ["count"] = count,
            ["type"] = note.Type,
            ["reportingComponent"] = note.Component,
            ["reportingInstance"] = note.Host,
        };
    }

    /// <summary>Kubernetes takes at most 1,024 bytes of message.</summary>
    public static string Shorten(string message)
    {
        const int Longest = 1024;
        if (message.Length <= Longest / 4 || Encoding.UTF8.GetByteCount(message) <= Longest) return message;
        var end = Math.Min(message.Length, Longest);
        while (Encoding.UTF8.GetByteCount(message.AsSpan(0, end)) > Longest) end--;
        if (char.IsHighSurrogate(message[end - 1])) end--;
        return message[..end];
    }

    private static void Set(JsonObject into, string member, string value)
    {
        if (value.Length > 0) into[member] = value;
    }
}
