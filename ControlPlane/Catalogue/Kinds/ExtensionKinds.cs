using ControlPlane.Catalogue.Conversions;
using ControlPlane.Objects;
using k8s.Models;
using Shared.Api;
using static ControlPlane.Catalogue.Kinds.KindEntry;

namespace ControlPlane.Catalogue.Kinds;

/// <summary>What extends and steers the API itself, and events.k8s.io.</summary>
internal static class ExtensionKinds
{
    public static IEnumerable<KindDefinition> Table =>
    [
        Cluster<V1MutatingAdmissionPolicy>() with { Categories = ApiExtensions },
        Cluster<V1MutatingAdmissionPolicyBinding>() with { Categories = ApiExtensions },
        Cluster<V1MutatingWebhookConfiguration>() with { Categories = ApiExtensions },
        Cluster<V1ValidatingAdmissionPolicy>() with { HasStatus = true, Categories = ApiExtensions },
        Cluster<V1ValidatingAdmissionPolicyBinding>() with { Categories = ApiExtensions },
        Cluster<V1ValidatingWebhookConfiguration>() with { Categories = ApiExtensions },
        Cluster<V1CustomResourceDefinition>("crd", "crds") with { HasStatus = true, Categories = ApiExtensions },
        Cluster<V1APIService>() with { HasStatus = true, Categories = ApiExtensions },
        Cluster<V1FlowSchema>() with { HasStatus = true },
        Cluster<V1PriorityLevelConfiguration>() with { HasStatus = true },
        Namespaced<Eventsv1Event>("ev") with
        {
            Storage = new GroupResource("", "events"),
            ToStorage = EventConversion.ToCore,
            FromStorage = EventConversion.FromCore,
        },
    ];
}
