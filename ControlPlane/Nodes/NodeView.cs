using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using ControlPlane.Nodes.Taints;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;
using Shared.Protocol;

namespace ControlPlane.Nodes;

/// <summary>What the control plane itself reads of a Node.</summary>
public sealed record NodeView
{
    /// <summary>The epoch of the agent that runs the node; 0 for a node no agent has registered.</summary>
    public required long Epoch { get; init; }

    /// <summary>The registration that got the epoch.</summary>
    public required string Instance { get; init; }

    /// <summary>Where its agent runs; empty: that is not known.</summary>
    public required string Machine { get; init; }
    public required string PodCidr { get; init; }
    public required bool IsCordoned { get; init; }
    public required ImmutableArray<Taint> Taints { get; init; }
    public required ImmutableArray<Condition> Conditions { get; init; }

    /// <summary>Whether an agent of this project runs the node; otherwise it is an external kubelet.</summary>
    public bool IsAgent => Epoch > 0;

    /// <summary>The Ready condition, if there is one.</summary>
    public Condition? Ready => Conditions.Find("Ready");

    /// <summary>Whether the node counts as alive: nobody has found it lost.</summary>
    public bool IsReachable => Ready is not { Status: "Unknown" };

    public static ObjectKey KeyOf(string name) => new("", "nodes", "", name);
    public static ObjectKey KeyOf(NodeName node) => KeyOf(node.Value);

    /// <summary>Reads a Node. For <see cref="StoredObject.Project{T}"/>.</summary>
    public static NodeView Of(StoredObject node) => Of(node.ToJsonObject());

    public static NodeView Of(JsonObject node)
    {
        var spec = node.Child("spec");
        var annotations = node.Child("metadata", "annotations");
        return new()
        {
            Epoch = EpochOf(annotations),
            Instance = annotations.Text(NodeProtocol.InstanceAnnotation),
            Machine = annotations.Text(NodeProtocol.MachineAnnotation),
            PodCidr = spec.Text("podCIDR"),
            IsCordoned = spec.Flag("unschedulable") == true,
            Taints = [.. spec.Objects("taints").Select(Taint.Read).OfType<Taint>()],
            Conditions = Shared.Api.Conditions.Read(node["status"]),
        };
    }

    /// <summary>The machine that a registered Node says it is: one boot of a kernel, and the address, since a kernel may host several nodes. Empty: it does not say.</summary>
    public static string MachineOf(JsonObject registered)
    {
        var status = registered.Child("status");
        var boot = status.Child("nodeInfo").Text("bootID");
        return boot.Length == 0 ? "" : $"{boot}/{status.Objects("addresses").FirstOrDefault(address => address.Text("type") == "InternalIP").Text("address")}";
    }

    /// <summary>The epoch among a Node's annotations; 0 where there is none.</summary>
    public static long EpochOf(JsonObject? annotations) =>
        long.TryParse(annotations.Text(NodeProtocol.EpochAnnotation), NumberStyles.None, CultureInfo.InvariantCulture, out var epoch) ? epoch : 0;
}
