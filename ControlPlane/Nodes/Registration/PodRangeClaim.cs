using System.Net;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Nodes.Registration;

/// <summary>A pod range that belongs to a node for as long as the node exists: an object whose name is the range, so that only one can be made.</summary>
public sealed record PodRangeClaim(ObjectKey Key, string Uid, string Range, string Node)
{
    /// <summary>The resource of all claims by identity. Internal: no user makes them.</summary>
    public static GroupResource Resource { get; } = new("internal.actors.io", "claims");

    public static ObjectKey KeyOf(IPNetwork range) => new(Resource.Group, Resource.Resource, "", PodCidrs.ClaimName(range));

    /// <summary>Reads a claim; one of another purpose has an empty range.</summary>
    public static PodRangeClaim Read(StoredObject claim)
    {
        var spec = claim.ToJsonObject().Child("spec");
        return new(claim.Key, claim.Uid, spec.Text("podCIDR"), spec.Text("node"));
    }

    public static JsonObject ToJson(ObjectKey key, IPNetwork range, string node) => new()
    {
        ["apiVersion"] = $"{Resource.Group}/v1",
        ["kind"] = "Claim",
        ["metadata"] = new JsonObject { ["name"] = key.Name },
        ["spec"] = new JsonObject { ["podCIDR"] = range.ToString(), ["node"] = node },
    };
}
