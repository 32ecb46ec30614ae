using System.Globalization;

namespace NodeActor.Streaming;

/// <summary>Which part of a container's log is asked for, as <c>PodLogOptions</c> says it.</summary>
/// <param name="Tail">How many lines from the end; null for all.</param>
/// <param name="Since">Only lines not older than this.</param>
/// <param name="Limit">How many bytes at most.</param>
public sealed record LogRequest(bool Follow, bool Previous, bool Timestamps, long? Tail, DateTimeOffset? Since, long? Limit)
{
    /// <summary>Reads a query. Exactly one of the results is null: the request, or what is wrong with the query.</summary>
    public static (LogRequest? Request, string? Error) Parse(Func<string, string?> query, DateTimeOffset now)
    {
        try
        {
            var tail = Number(query, "tailLines", least: 0);
            var limit = Number(query, "limitBytes", least: 1);
            var seconds = Number(query, "sinceSeconds", least: 1);
            var time = Value(query, "sinceTime") is { } text ? Time(text) : (DateTimeOffset?)null;
            if (seconds is not null && time is not null) return (null, "at most one of `sinceTime` or `sinceSeconds` may be specified");
            return (new(Flag(query, "follow"), Flag(query, "previous"), Flag(query, "timestamps"), tail, seconds is { } back ? now.AddSeconds(-back) : time, limit), null);
        }
        catch (FormatException error)
        {
            return (null, error.Message);
        }
    }

    private static string? Value(Func<string, string?> query, string name) => query(name) is { Length: > 0 } value ? value : null;

    private static bool Flag(Func<string, string?> query, string name) => Value(query, name) switch
    {
        null or "false" or "0" => false,
        "true" or "1" => true,
        var other => throw new FormatException($"invalid {name}: {other}"),
    };

    private static long? Number(Func<string, string?> query, string name, long least)
    {
        if (Value(query, name) is not { } text) return null;
        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)) throw new FormatException($"invalid {name}: {text}");
        return number >= least ? number : throw new FormatException($"{name} must be greater than or equal to {least}");
    }

    private static DateTimeOffset Time(string text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : throw new FormatException($"invalid sinceTime: {text}");
}
