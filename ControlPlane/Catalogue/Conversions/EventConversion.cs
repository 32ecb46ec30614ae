using System.Text.Json.Nodes;

namespace ControlPlane.Catalogue.Conversions;

/// <summary>
/// events.k8s.io/v1 Events are stored as core v1 Events: the same fields under other names. Both directions are pure renames, so that a round
/// trip gives the same object.
/// </summary>
internal static class EventConversion
{
    private static readonly (string Core, string Events)[] Names =
    [
        ("involvedObject", "regarding"),
        ("message", "note"),
        ("source", "deprecatedSource"),
        ("firstTimestamp", "deprecatedFirstTimestamp"),
        ("lastTimestamp", "deprecatedLastTimestamp"),
        ("count", "deprecatedCount"),
        ("reportingComponent", "reportingController"),
    ];

    private static readonly Dictionary<string, string> CoreNames = Names.ToDictionary(name => name.Events, name => name.Core);
    private static readonly Dictionary<string, string> EventsNames = Names.ToDictionary(name => name.Core, name => name.Events);

    /// <summary>An events.k8s.io/v1 Event as a core v1 Event. Takes the members of <paramref name="event"/> over.</summary>
    public static JsonObject ToCore(JsonObject @event) => Rename(@event, CoreNames, "v1");

    /// <summary>A core v1 Event as an events.k8s.io/v1 Event. Takes the members of <paramref name="event"/> over.</summary>
    public static JsonObject FromCore(JsonObject @event) => Rename(@event, EventsNames, "events.k8s.io/v1");

    private static JsonObject Rename(JsonObject from, Dictionary<string, string> names, string apiVersion)
    {
        var members = from.ToArray();
        from.Clear();
        var renamed = new JsonObject();
        foreach (var (name, value) in members) renamed[names.GetValueOrDefault(name, name)] = value;
        renamed["apiVersion"] = apiVersion;
        renamed["kind"] = "Event";
        return renamed;
    }
}
