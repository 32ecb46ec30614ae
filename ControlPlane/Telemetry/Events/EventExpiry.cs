using System.Collections.Immutable;
using System.Text.Json;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Telemetry.Events;

/// <summary>Which Events have been kept long enough. Pure.</summary>
public static class EventExpiry
{
    /// <summary>Deletions one plan asks for at most.</summary>
    public const int MostPerPlan = 1000;

    private static readonly Requester By = Requester.Controller("events");

    /// <summary>The deletions of Events older than the retention, and of the oldest beyond the number a namespace may have.</summary>
    public static ImmutableArray<ObjectCommand> Plan(ResourceSnapshot events, DateTimeOffset now, EventOptions options)
    {
        var deletions = ImmutableArray.CreateBuilder<ObjectCommand>();
        foreach (var space in events.Objects.GroupBy(found => found.Key.Namespace))
        {
            var newestFirst = space.OrderByDescending(LastOf);
            var kept = 0;
            foreach (var found in newestFirst)
            {
                if (kept < options.MaxPerNamespace && now - LastOf(found) < options.Retention)
                {
                    kept++;
                    continue;
                }
                if (deletions.Count == MostPerPlan) return deletions.ToImmutable();
                deletions.Add(new DeleteObject(found.Key, 0, Propagation.Background, By) { Preconditions = new(found.Uid, found.Revision) });
            }
        }
        return deletions.ToImmutable();
    }

    /// <summary>When the event last happened, as far as it says so.</summary>
    public static DateTimeOffset LastOf(StoredObject found) => found.Project(Read).Last;

    private static EventTime Read(StoredObject found)
    {
        var last = found.Header.CreationTimestamp;
        var reader = new Utf8JsonReader(found.Json.Span, ObjectLimits.Reader);
        reader.Read();
        while (reader.NextMember())
        {
            if (!reader.ValueTextEquals("lastTimestamp"u8) && !reader.ValueTextEquals("eventTime"u8)) reader.Pass();
            else if (reader.Time() is { } time && time > last) last = time;
        }
        return new(last);
    }

    private sealed record EventTime(DateTimeOffset Last);
}
