using System.Collections.Frozen;
using ControlPlane.Access.Rbac;
using ControlPlane.Autoscaling;
using ControlPlane.Networking.Endpoints;
using ControlPlane.Networking.Ingresses;
using ControlPlane.Networking.Policies;
using ControlPlane.Networking.Services;
using ControlPlane.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Configuration;
using ControlPlane.Policy;
using ControlPlane.Scheduling.PriorityClasses;
using ControlPlane.Storage;
using ControlPlane.Telemetry.Events;
using ControlPlane.Workloads.CronJobs;
using ControlPlane.Workloads.DaemonSets;
using ControlPlane.Workloads.Deployments;
using ControlPlane.Workloads.Jobs;
using ControlPlane.Workloads.Namespaces;
using ControlPlane.Workloads.Pods;
using ControlPlane.Workloads.PodTemplates;
using ControlPlane.Workloads.ReplicaSets;
using ControlPlane.Workloads.ReplicationControllers;
using ControlPlane.Workloads.StatefulSets;
using Shared.Api;

namespace ControlPlane.Catalogue;

/// <summary>The strategies of kinds with rules of their own: one line each. A kind without a line has <see cref="KindStrategy.Default"/>.</summary>
public static class KindStrategies
{
    public static FrozenDictionary<GroupResource, KindStrategy> All { get; } = new Dictionary<GroupResource, KindStrategy>
    {
        [new("", "configmaps")] = new ConfigMapStrategy(),
        [new("", "endpoints")] = new EndpointsStrategy(),
        [new("", "events")] = new EventStrategy(),
        [new("", "limitranges")] = new LimitRangeStrategy(),
        [new("", "namespaces")] = new NamespaceStrategy(),
        [new("", "nodes")] = new NodeStrategy(),
        [new("", "persistentvolumeclaims")] = new PersistentVolumeClaimStrategy(),
        [new("", "persistentvolumes")] = new PersistentVolumeStrategy(),
        [new("", "pods")] = new PodStrategy(),
        [new("", "podtemplates")] = new PodTemplateStrategy(),
        [new("", "replicationcontrollers")] = new ReplicationControllerStrategy(),
        [new("", "resourcequotas")] = new ResourceQuotaStrategy(),
        [new("", "secrets")] = new SecretStrategy(),
        [new("", "services")] = new ServiceStrategy(),
        [new("apps", "daemonsets")] = new DaemonSetStrategy(),
        [new("apps", "deployments")] = new DeploymentStrategy(),
        [new("apps", "replicasets")] = new ReplicaSetStrategy(),
        [new("apps", "statefulsets")] = new StatefulSetStrategy(),
        [new("autoscaling", "horizontalpodautoscalers")] = new HorizontalPodAutoscalerStrategy(),
        [new("batch", "cronjobs")] = new CronJobStrategy(),
        [new("batch", "jobs")] = new JobStrategy(),
        [new("coordination.k8s.io", "leases")] = new LeaseStrategy(),
        [new("discovery.k8s.io", "endpointslices")] = new EndpointSliceStrategy(),
        [new("networking.k8s.io", "ingresses")] = new IngressStrategy(),
        [new("networking.k8s.io", "networkpolicies")] = new NetworkPolicyStrategy(),
        [new("policy", "poddisruptionbudgets")] = new PodDisruptionBudgetStrategy(),
        [new("rbac.authorization.k8s.io", "clusterrolebindings")] = new RoleBindingStrategy(clusterWide: true),
        [new("rbac.authorization.k8s.io", "clusterroles")] = new RoleStrategy(clusterWide: true),
        [new("rbac.authorization.k8s.io", "rolebindings")] = new RoleBindingStrategy(clusterWide: false),
        [new("rbac.authorization.k8s.io", "roles")] = new RoleStrategy(clusterWide: false),
        [new("scheduling.k8s.io", "priorityclasses")] = new PriorityClassStrategy(),
        [new("storage.k8s.io", "storageclasses")] = new StorageClassStrategy(),
    }.ToFrozenDictionary();
}
