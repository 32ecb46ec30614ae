using ControlPlane.Objects;
using k8s.Models;
using static ControlPlane.Catalogue.Kinds.KindEntry;

namespace ControlPlane.Catalogue.Kinds;

/// <summary>networking.k8s.io and discovery.k8s.io.</summary>
internal static class NetworkKinds
{
    public static IEnumerable<KindDefinition> Table =>
    [
        Cluster<V1IngressClass>(),
        Namespaced<V1Ingress>("ing") with { HasStatus = true },
        Cluster<V1IPAddress>("ip"),
        Namespaced<V1NetworkPolicy>("netpol"),
        Cluster<V1ServiceCIDR>() with { HasStatus = true },
        Namespaced<V1EndpointSlice>(),
    ];
}
