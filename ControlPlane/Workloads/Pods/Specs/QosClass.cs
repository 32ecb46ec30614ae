using System.Text.Json.Nodes;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Workloads.Pods.Specs;

/// <summary>A pod's quality of service: who is stopped first when a node runs short.</summary>
internal static class QosClass
{
    /// <summary>
    /// Guaranteed if every container limits CPU and memory and requests as much, BestEffort if none asks for any, else Burstable.
    /// </summary>
    public static string Of(JsonObject spec)
    {
        var (any, all) = (false, true);
        foreach (var container in spec.Objects("containers").Concat(spec.Objects("initContainers")))
        {
            var (limits, requests) = (container.Child("resources").Child("limits"), container.Child("resources").Child("requests"));
            foreach (var name in (ReadOnlySpan<string>)["cpu", "memory"])
            {
                var (limit, request) = (Amount(limits, name), Amount(requests, name));
                any |= limit > 0 || request > 0;
                all &= limit > 0 && (request == 0 || request == limit);
            }
        }
        return !any ? "BestEffort" : all ? "Guaranteed" : "Burstable";
    }

    private static long Amount(JsonObject? list, string name) => Quantities.TryParseMilli(list?[name].TextOf(), out var milli) ? milli : 0;
}
