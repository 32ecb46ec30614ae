using System.Globalization;
using System.Text.Json;
using Shared.Json;
using Tests.Chaos.Recording;

namespace Tests.Chaos.Clients;

/// <summary>Reads ConfigMaps as the API, or the journal, shows them.</summary>
internal static class ObjectReading
{
    /// <summary>A ConfigMap.</summary>
    public static ObjectSeen Object(JsonElement json) => new(json.Text("metadata", "name"), Revision(json), json.Text("metadata", "uid"), Content.Of(json.TextMap("data")));

    /// <summary>A list of them.</summary>
    public static Answer.Listed List(JsonElement json) => new(Revision(json), [.. json.GetProperty("items").EnumerateArray().Select(Object)]);

    /// <summary>The resourceVersion of an object or a list.</summary>
    public static long Revision(JsonElement json) => long.Parse(json.Text("metadata", "resourceVersion"), CultureInfo.InvariantCulture);
}
