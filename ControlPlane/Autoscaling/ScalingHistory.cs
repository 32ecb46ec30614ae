using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Shared.Json;

namespace ControlPlane.Autoscaling;

/// <summary>A number of replicas that was recommended from a time on, until the next one was.</summary>
internal sealed record Recommendation(DateTimeOffset From, long Replicas);

/// <summary>A change of the target that was decided on.</summary>
/// <param name="Why">What users are told.</param>
internal sealed record Rescale(DateTimeOffset At, long From, long To, string Why = "");

/// <summary>
/// What an autoscaler has to remember: what it recommended, for stabilisation windows, and what it changed, for policies. It lies in an annotation, so that a member that
/// takes over goes on with the same windows; and since steps are kept and no samples, it changes only when a recommendation does. A change is noted before it is made: the
/// last one is under way until the target has its number.
/// </summary>
internal sealed record ScalingHistory(ImmutableArray<Recommendation> Recommended, ImmutableArray<Rescale> Rescales)
{
    /// <summary>The annotation it lies in.</summary>
    public const string Annotation = "autoscaling.actors.io/history";

    /// <summary>Longer than any policy's period and any window may be: 3,600 s for windows, 1,800 s for periods.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    // What is above can only come from many changes within an hour; the oldest are of least account.
    private const int Most = 64;

    // A change that could not be made for so long is decided on anew.
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(1);

    public static ScalingHistory Empty { get; } = new([], []);

    /// <summary>Reads the annotation; what somebody spoiled is no history.</summary>
    public static ScalingHistory Read(string? text)
    {
        if (string.IsNullOrEmpty(text)) return Empty;
        try
        {
            using var parsed = JsonDocument.Parse(text);
            var root = parsed.RootElement;
            return new(
                [.. root.Objects("recommended").Select(entry => new Recommendation(Time(entry, "at"), entry.Number("replicas") ?? 0)).OrderBy(entry => entry.From)],
                [.. root.Objects("rescales").Select(entry => new Rescale(Time(entry, "at"), entry.Number("from") ?? 0, entry.Number("to") ?? 0, entry.Text("why"))).OrderBy(entry => entry.At)]);
        }
        catch (JsonException)
        {
            return Empty;
        }
    }

    /// <summary>The text of the annotation.</summary>
    public string Write() => new JsonObject
    {
        ["recommended"] = new JsonArray([.. Recommended.Select(entry => new JsonObject { ["at"] = Rfc3339.Write(entry.From), ["replicas"] = entry.Replicas })]),
        ["rescales"] = new JsonArray([.. Rescales.Select(entry => new JsonObject { ["at"] = Rfc3339.Write(entry.At), ["from"] = entry.From, ["to"] = entry.To, ["why"] = entry.Why })]),
    }.ToJsonString();

    /// <summary>The history once this is recommended. It is the same one where the last recommendation was.</summary>
    public ScalingHistory Recommending(long replicas, DateTimeOffset now)
    {
        if (Recommended is [.., var last] && last.Replicas == replicas) return this;
        var kept = Recommended.Where((_, i) => i == Recommended.Length - 1 || Recommended[i + 1].From > now - Longest);
        return this with { Recommended = [.. kept.TakeLast(Most - 1), new(now, replicas)] };
    }

    /// <summary>The history once this change is decided on.</summary>
    public ScalingHistory Rescaling(long from, long to, string why, DateTimeOffset now) =>
        this with { Rescales = [.. Rescales.Where(entry => entry.At > now - Longest).TakeLast(Most - 1).Select(entry => entry with { Why = "" }), new(now, from, to, why)] };

    /// <summary>What was recommended at any time of a window that ends now.</summary>
    public IEnumerable<long> Within(TimeSpan window, DateTimeOffset now) =>
        Recommended.Where((_, i) => i == Recommended.Length - 1 || Recommended[i + 1].From > now - window).Select(entry => entry.Replicas);

    /// <summary>By how many replicas the target grew within a period that ends now, and by how many it shrank.</summary>
    public (long Added, long Removed) Changed(TimeSpan period, DateTimeOffset now)
    {
        var (added, removed) = (0L, 0L);
        foreach (var change in Rescales.Where(change => change.At > now - period))
        {
            if (change.To > change.From) added += change.To - change.From;
            else removed += change.From - change.To;
        }
        return (added, removed);
    }

    /// <summary>The change that was decided on just now and has not come to the target, which has this many replicas; null if there is none.</summary>
    public Rescale? Pending(long replicas, DateTimeOffset now) => Rescales is [.., var last] && last.From == replicas && last.To != replicas && now - last.At < Fresh ? last : null;

    private static DateTimeOffset Time(JsonElement entry, string member) => entry.Time(member) ?? DateTimeOffset.UnixEpoch;
}
