using System.Text.Json.Nodes;
using NodeActor.Pods.Machine;
using Shared.Api;
using Shared.Json;

namespace NodeActor.Pods.Status;

/// <summary>A pod's status: the JSON to report and the phase and readiness in it.</summary>
public sealed record PodReport(JsonObject Json, string Phase, bool Ready, IReadOnlyList<ContainerReport> Containers);

/// <summary>Writes the node's part of a pod's status from what is known of the pod.</summary>
internal static class PodStatusBuilder
{
    /// <summary>
    /// The status at <paramref name="now"/>. It has the node's own fields and conditions only; see <see cref="Shared.Protocol.PodStatusOwnership"/>.
    /// The same state gives the same bytes until something changes.
    /// </summary>
    public static PodReport Build(PodState state, bool stopping, Moment now)
    {
        var pod = state.Definition!;
        var plan = ContainerPlan.For(state);
        var reports = pod.Containers.Select(one => ContainerStatusBuilder.Build(state, plan, one, stopping, now.Elapsed)).ToArray();
        var phase = state.Failure is not null ? PodPhase.Failed
            : state.Ended.Length > 0 ? state.Ended
            : PodPhase.Terminal(pod.StoredPhase) ? pod.StoredPhase
            : PodPhase.Of(pod, plan, reports, stopping);
        var json = new JsonObject { ["phase"] = phase };
        if (state.Failure is { } failure)
        {
            json["reason"] = failure.Reason;
            json["message"] = failure.Message;
        }
        var conditions = PodConditions.Build(state, plan, phase, reports, now.Wall);
        json["conditions"] = conditions.ToJson();
        Addresses(state, json);
        if (state.StartTime is { } start) json["startTime"] = Rfc3339.Write(start);
        var inits = reports.Where(one => one.Container.Role != ContainerRole.Main).ToArray();
        if (inits.Length > 0) json["initContainerStatuses"] = List(inits);
        json["containerStatuses"] = List(reports.Where(one => one.Container.Role == ContainerRole.Main));
        return new(json, phase, conditions.Find("Ready")?.Status == "True", reports);
    }

    private static void Addresses(PodState state, JsonObject json)
    {
        if (state.HostIPs.Length > 0)
        {
            json["hostIP"] = state.HostIPs[0];
            json["hostIPs"] = new JsonArray([.. state.HostIPs.Select(one => (JsonNode)new JsonObject { ["ip"] = one })]);
        }
        var sandbox = state.Observed?.Sandboxes.MaxBy(one => one.Attempt);
        var addresses = state.Definition!.HostNetwork ? (sandbox is null ? [] : state.HostIPs) : sandbox?.IPs ?? [];
        if (addresses.Length > 0)
        {
            json["podIP"] = addresses[0];
            json["podIPs"] = new JsonArray([.. addresses.Select(one => (JsonNode)new JsonObject { ["ip"] = one })]);
        }
        else if ((state.Told ?? state.Definition.Status) is var before && before["podIP"] is { } address)
        {
            // A sandbox that stopped gave its address back, but the status goes on telling which one it was.
            json["podIP"] = address.DeepClone();
            json["podIPs"] = before["podIPs"]?.DeepClone();
        }
    }

    private static JsonArray List(IEnumerable<ContainerReport> reports) => new([.. reports.Select(one => (JsonNode)one.Json)]);
}
