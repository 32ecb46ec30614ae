using System.Globalization;
using System.Text.Json.Nodes;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Json;

namespace ControlPlane.Networking.Allocation;

/// <summary>
/// An address or port that belongs to one Service because an object of that name can only be made once: an IPAddress, or an internal claim
/// for a node port. It names the Service and its uid, so that it can be told whose it is before the Service exists and after it is gone.
/// </summary>
/// <param name="Key">The claim's identity: what is claimed.</param>
/// <param name="Service">The Service it is for.</param>
/// <param name="ServiceUid">That Service's uid; empty for an IPAddress that somebody else made.</param>
/// <param name="ClaimedAt">When it was last claimed.</param>
public sealed record ServiceClaim(ObjectKey Key, ObjectKey Service, string ServiceUid, DateTimeOffset ClaimedAt)
{
    public const string UidAnnotation = "services.actors.io/uid";
    public const string ClaimedAtAnnotation = "services.actors.io/claimed-at";
    private const string NodePortPrefix = "nodeport-";

    /// <summary>networking.k8s.io IPAddress objects: claimed cluster IPs.</summary>
    public static GroupResource Addresses { get; } = new("networking.k8s.io", "ipaddresses");

    /// <summary>Claims of everything else that is unique by its name. Internal: no user makes or sees them.</summary>
    public static GroupResource Others { get; } = new("internal.actors.io", "claims");

    public static ObjectKey AddressKey(string address) => new(Addresses.Group, Addresses.Resource, "", address);

    public static ObjectKey NodePortKey(string protocol, int port) =>
        new(Others.Group, Others.Resource, "", string.Create(CultureInfo.InvariantCulture, $"{NodePortPrefix}{protocol.ToLowerInvariant()}-{port}"));

    /// <summary>What a Service claims: its cluster IPs and node ports.</summary>
    public static IEnumerable<ObjectKey> Of(ServiceSpec service) =>
        service.Addresses.Select(AddressKey).Concat(service.Ports.Where(port => port.NodePort > 0).Select(port => NodePortKey(port.Protocol, port.NodePort))).Distinct();

    /// <summary>Reads a claim; null if the object claims nothing for a Service.</summary>
    public static ServiceClaim? Read(StoredObject claim)
    {
        var json = claim.ToJsonObject();
        if (json.Child("spec", "parentRef") is not { } parent || parent.Text("group").Length > 0 || parent.Text("resource") != "services") return null;
        var annotations = json.Child("metadata", "annotations");
        var at = annotations.Time(ClaimedAtAnnotation) ?? claim.Header.CreationTimestamp;
        return new(claim.Key, ServiceSpec.KeyOf(parent.Text("namespace"), parent.Text("name")), annotations.Text(UidAnnotation), at);
    }

    /// <summary>Whether the Service it is for exists and uses it.</summary>
    public bool IsUsed(IObjectView view) =>
        view.Get(Service) is { } service && service.Uid == ServiceUid && Of(ServiceSpec.Of(service)).Contains(Key);

    /// <summary>The object that stands for the claim.</summary>
    public JsonObject ToJson()
    {
        var isAddress = Key.GroupResource == Addresses;
        var metadata = new JsonObject
        {
            ["name"] = Key.Name,
            ["annotations"] = new JsonObject { [UidAnnotation] = ServiceUid, [ClaimedAtAnnotation] = Rfc3339.Write(ClaimedAt) },
        };
        if (isAddress)
        {
            metadata["labels"] = new JsonObject
            {
                ["ipaddress.kubernetes.io/ip-family"] = "IPv4",
                ["ipaddress.kubernetes.io/managed-by"] = "ipallocator.k8s.io",
            };
        }
        return new()
        {
            ["apiVersion"] = $"{Key.Group}/v1",
            ["kind"] = isAddress ? "IPAddress" : "Claim",
            ["metadata"] = metadata,
            ["spec"] = new JsonObject
            {
                ["parentRef"] = new JsonObject { ["group"] = "", ["resource"] = "services", ["namespace"] = Service.Namespace, ["name"] = Service.Name },
            },
        };
    }
}
