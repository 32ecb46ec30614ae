using System.Text.Json.Nodes;
using ControlPlane.Objects;

namespace ControlPlane.Telemetry.Events;

/// <summary>
/// events.k8s.io/v1 Events are stored as core v1 Events: the same fields under other names. Both directions are pure renames, so that a round
/// trip gives the same object.
/// </summary>
internal sealed class EventConversion : IVersionConversion
{
    private const string Core = "v1";

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

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JsonObject>> Convert(IReadOnlyList<JsonObject> objects, string from, string to) =>
        new([.. objects.Select(@event => Rename(@event, to == Core ? CoreNames : EventsNames, to))]);

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
