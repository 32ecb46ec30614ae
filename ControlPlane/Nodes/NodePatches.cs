using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using ControlPlane.Nodes.Taints;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;
using Shared.Protocol;

namespace ControlPlane.Nodes;

/// <summary>
/// A registration: the agent's labels and annotations are laid over what is there, the pod range is set if the node has none, and the epoch goes up by
/// one, unless this very registration already got one.
/// </summary>
internal sealed record RegistrationPatch(JsonBytes Registered, string Instance, string PodCidr) : IObjectPatch
{
    public PatchOutcome Apply(JsonObject current, KindDefinition kind)
    {
        var node = Registered.ToJsonObject();
        var (metadata, registered) = (current.Metadata(), node.Metadata());
        metadata.Overlay(registered, "labels");
        metadata.Overlay(registered, "annotations");
        var annotations = metadata.DefaultChild("annotations");
        if (annotations.Text(NodeProtocol.InstanceAnnotation) != Instance)
        {
            annotations[NodeProtocol.EpochAnnotation] = (NodeView.EpochOf(annotations) + 1).ToString(CultureInfo.InvariantCulture);
            annotations[NodeProtocol.InstanceAnnotation] = Instance;
        }
        annotations[NodeProtocol.MachineAnnotation] = NodeView.MachineOf(node);
        var spec = current.DefaultChild("spec");
        SetPodCidr(spec, PodCidr);
        return current;
    }

    /// <summary>Whether it comes from another machine than the one whose agent runs the node.</summary>
    public bool IsRivalOf(NodeView node) =>
        Instance != node.Instance && node.Machine.Length > 0 && NodeView.MachineOf(Registered.ToJsonObject()) is { Length: > 0 } machine && machine != node.Machine;

    /// <summary>Gives a spec its pod range, unless it has one.</summary>
    public static void SetPodCidr(JsonObject spec, string cidr)
    {
        if (cidr.Length == 0 || spec.Text("podCIDR").Length > 0) return;
        spec["podCIDR"] = cidr;
        spec["podCIDRs"] = new JsonArray(cidr);
    }
}

/// <summary>
/// What an agent says of its node: every member replaces the one there is, but conditions, which are set one by one: those the agent does not
/// name stay.
/// </summary>
internal sealed record NodeStatusPatch(JsonBytes Reported, DateTimeOffset Now) : IObjectPatch
{
    public PatchOutcome Apply(JsonObject current, KindDefinition kind)
    {
        var (status, reported) = (current.Status(), Reported.ToJsonObject());
        foreach (var (member, value) in reported)
        {
            if (member != "conditions") status[member] = value?.DeepClone();
        }
        foreach (var condition in Conditions.Read(reported)) Conditions.Set(status, condition with { LastHeartbeat = Now }, Now);
        return current;
    }
}

/// <summary>The node has gone silent: nothing it said of itself holds any more.</summary>
internal sealed record NodeUnknownPatch(DateTimeOffset Now) : IObjectPatch
{
    public const string Reason = "NodeStatusUnknown";
    private static readonly ImmutableArray<string> Told = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"];

    public PatchOutcome Apply(JsonObject current, KindDefinition kind)
    {
        var status = current.Status();
        var (reason, message) = status.HasElements("conditions")
            ? (Reason, "Kubelet stopped posting node status.")
            : ("NodeStatusNeverUpdated", "Kubelet never posted node status.");
        foreach (var type in Told) Conditions.Set(status, new(type, "Unknown", reason, message), Now);
        return current;
    }
}

/// <summary>Gives the node the taints that follow from its conditions; see <see cref="ConditionTaints"/>.</summary>
internal sealed record TaintsPatch(string? Ready, Emptying Emptying, DateTimeOffset Now) : IObjectPatch
{
    public PatchOutcome Apply(JsonObject current, KindDefinition kind)
    {
        var desired = ConditionTaints.Desired(NodeView.Of(current), Ready, Emptying, Now);
        var spec = current.DefaultChild("spec");
        if (desired.IsEmpty) spec.Remove("taints");
        else spec["taints"] = new JsonArray([.. desired.Select(taint => (JsonNode)taint.ToJson())]);
        return current;
    }
}
