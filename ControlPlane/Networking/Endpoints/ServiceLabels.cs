using System.Text.Json.Nodes;
using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Networking.Endpoints;

/// <summary>The metadata of what is made for a Service.</summary>
internal static class ServiceLabels
{
    public const string Headless = "service.kubernetes.io/headless";

    public static JsonObject Metadata(ObjectKey key, StoredObject service, IEnumerable<KeyValuePair<string, string>> labels, EndpointBasis basis)
    {
        var all = new JsonObject();
        foreach (var (name, value) in labels) all[name] = value;
        return new()
        {
            ["name"] = key.Name,
            ["namespace"] = key.Namespace,
            ["labels"] = all,
            ["annotations"] = new JsonObject { [EndpointBasis.Annotation] = basis.ToString() },
            ["ownerReferences"] = new JsonArray(new JsonObject
            {
                ["apiVersion"] = "v1",
                ["kind"] = "Service",
                ["name"] = service.Key.Name,
                ["uid"] = service.Uid,
                ["controller"] = true,
                ["blockOwnerDeletion"] = true,
            }),
        };
    }
}
