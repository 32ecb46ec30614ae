using System.Text.Json.Nodes;
using ControlPlane.Objects;
using Shared.Json;
using Shared.Protocol;

namespace ControlPlane.Nodes.Streams;

/// <summary>
/// What other nodes are told of a Node: its pod range and its addresses, which is what leads to its pods. The rest (conditions, images, heartbeats)
/// changes often and concerns nobody else.
/// </summary>
internal static class NodePlace
{
    /// <summary>The change of a followed object as agents get it: a Node in part, any other as it is; of what is gone, nothing but that.</summary>
    public static NodeChange Told(StoredObject stored, bool deleted) => new(stored.Key, stored.Revision, deleted ? [] : JsonOf(stored), deleted);

    /// <summary>A core/v1 Node of nothing but name, uid, pod range and addresses. Equal bytes mean an equal place.</summary>
    public static byte[] Of(StoredObject node)
    {
        var all = node.ToJsonObject();
        return ObjectJson.ToUtf8(new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Node",
            ["metadata"] = all.Child("metadata").Pick("name", "uid"),
            ["spec"] = all.Child("spec").Pick("podCIDR", "podCIDRs"),
            ["status"] = all.Child("status").Pick("addresses"),
        });
    }

    private static byte[] JsonOf(StoredObject stored) => IsNode(stored) ? Of(stored) : stored.Json.ToArray();

    /// <summary>Whether this is a Node.</summary>
    public static bool IsNode(StoredObject stored) => stored.Key is { Group: "", Resource: "nodes" };
}
