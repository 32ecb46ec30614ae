using System.Text.Json.Nodes;
using ControlPlane.Catalogue.Printing;
using Shared.Json;

namespace ControlPlane.Networking;

/// <summary>What Services and Ingresses show of the load balancer before them.</summary>
internal static class LoadBalancerCells
{
    /// <summary>Its addresses, or its host names where it has no addresses.</summary>
    public static IEnumerable<string> Addresses(JsonObject @object) =>
        @object.Items("status", "loadBalancer", "ingress").Select(ingress => Column.Or(ingress.Text("ip"), ingress.Text("hostname"))).Where(address => address.Length > 0);
}
