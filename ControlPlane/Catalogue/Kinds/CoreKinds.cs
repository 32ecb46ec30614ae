using ControlPlane.Objects;
using k8s.Models;
using static ControlPlane.Catalogue.Kinds.KindEntry;

namespace ControlPlane.Catalogue.Kinds;

/// <summary>The core group.</summary>
internal static class CoreKinds
{
    public static IEnumerable<KindDefinition> Table =>
    [
        Request<V1Binding>("bindings", namespaced: true),
        Cluster<V1ComponentStatus>("cs") with { Verbs = ["get", "list"], Stored = false },
        Namespaced<V1ConfigMap>("cm"),
        Namespaced<V1Endpoints>("ep"),
        Namespaced<Corev1Event>("ev"),
        Namespaced<V1LimitRange>("limits"),
        Cluster<V1Namespace>("ns") with
        {
            HasStatus = true,
            Verbs = ["create", "delete", "get", "list", "patch", "update", "watch"],
            Subresources = [Sub<V1Namespace>("finalize", "update")],
        },
        Cluster<V1Node>("no") with { HasStatus = true },
        Namespaced<V1PersistentVolumeClaim>("pvc") with { HasStatus = true },
        Cluster<V1PersistentVolume>("pv") with { HasStatus = true },
        Namespaced<V1Pod>("po") with
        {
            HasStatus = true,
            Categories = All,
            Subresources =
            [
                Stream("attach", "PodAttachOptions", "create", "get"),
                Sub<V1Binding>("binding", CreateOnly),
                Sub<V1Pod>("ephemeralcontainers", ReadAndWrite),
                Sub<V1Eviction>("eviction", CreateOnly),
                Stream("exec", "PodExecOptions", "create", "get"),
                Stream("log", "Pod", "get"),
                Stream("portforward", "PodPortForwardOptions", "create", "get"),
                Sub<V1Pod>("resize", ReadAndWrite),
            ],
        },
        Namespaced<V1PodTemplate>(),
        Namespaced<V1ReplicationController>("rc") with { HasStatus = true, HasScale = true, Categories = All },
        Namespaced<V1ResourceQuota>("quota") with { HasStatus = true },
        Namespaced<V1Secret>(),
        Namespaced<V1ServiceAccount>("sa") with { Subresources = [Sub<Authenticationv1TokenRequest>("token", CreateOnly)] },
        Namespaced<V1Service>("svc") with { HasStatus = true, Categories = All },
    ];
}
