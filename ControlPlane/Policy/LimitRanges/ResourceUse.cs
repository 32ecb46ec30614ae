using System.Text.Json.Nodes;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Policy.LimitRanges;

/// <summary>How much of a resource containers, pods and claims ask for, as numbers that can be compared: thousandths of a processor, and whole units of everything else.</summary>
internal static class ResourceUse
{
    /// <summary>A quantity as a number; null for none.</summary>
    public static long? Read(string resource, string text) =>
        text.Length == 0 ? null : (resource == "cpu" ? Quantities.TryParseMilli(text, out var number) : Quantities.TryParseValue(text, out number)) ? number : null;

    /// <summary>What an object's <c>resources</c> say.</summary>
    /// <param name="part"><c>requests</c> or <c>limits</c>.</param>
    public static long? Of(JsonObject holder, string part, string resource) => Read(resource, holder.Any("resources", part, resource));

    /// <summary>
    /// A whole pod's: its containers and sidecars together, or what its init phase needs at its worst moment, whichever is more. Null if any of them says nothing: then there is no sum,
    /// unless it is told what that means.
    /// </summary>
    /// <param name="absent">What one counts that says nothing.</param>
    public static long? OfPod(JsonObject spec, string part, string resource, long? absent = null)
    {
        var (running, sidecars, starting) = (0L, 0L, 0L);
        foreach (var container in spec.Objects("containers"))
        {
            if ((Of(container, part, resource) ?? absent) is not { } use) return null;
            running += use;
        }
        foreach (var container in spec.Objects("initContainers"))
        {
            if ((Of(container, part, resource) ?? absent) is not { } use) return null;
            if (container.Text("restartPolicy") == "Always") sidecars += use;
            starting = Math.Max(starting, container.Text("restartPolicy") == "Always" ? sidecars : sidecars + use);
        }
        return Math.Max(running + sidecars, starting);
    }
}
