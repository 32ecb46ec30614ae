using System.Collections.Frozen;
using ControlPlane.Access.Rbac;
using ControlPlane.Admission;
using ControlPlane.Autoscaling;
using ControlPlane.Networking.Addresses;
using ControlPlane.Networking.Endpoints;
using ControlPlane.Networking.Ingresses;
using ControlPlane.Networking.Policies;
using ControlPlane.Networking.Services;
using ControlPlane.Nodes;
using ControlPlane.Objects;
using ControlPlane.Objects.Configuration;
using ControlPlane.Objects.Validation;
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
        [new("admissionregistration.k8s.io", "mutatingwebhookconfigurations")] = new WebhookConfigurationStrategy(mutating: true),
        [new("admissionregistration.k8s.io", "validatingwebhookconfigurations")] = new WebhookConfigurationStrategy(mutating: false),
        [new("apiextensions.k8s.io", "customresourcedefinitions")] = new RequiredFieldsStrategy("spec.group", "spec.names.plural", "spec.names.kind", "spec.scope", "spec.versions"),
        [new("apiregistration.k8s.io", "apiservices")] = new RequiredFieldsStrategy("spec.version", "spec.groupPriorityMinimum", "spec.versionPriority"),
        [new("apps", "daemonsets")] = new DaemonSetStrategy(),
        [new("apps", "deployments")] = new DeploymentStrategy(),
        [new("apps", "replicasets")] = new ReplicaSetStrategy(),
        [new("apps", "statefulsets")] = new StatefulSetStrategy(),
        [new("autoscaling", "horizontalpodautoscalers")] = new HorizontalPodAutoscalerStrategy(),
        [new("batch", "cronjobs")] = new CronJobStrategy(),
        [new("batch", "jobs")] = new JobStrategy(),
        [new("certificates.k8s.io", "certificatesigningrequests")] = new RequiredFieldsStrategy("spec.request", "spec.signerName", "spec.usages"),
        [new("coordination.k8s.io", "leases")] = new LeaseStrategy(),
        [new("discovery.k8s.io", "endpointslices")] = new EndpointSliceStrategy(),
        [new("flowcontrol.apiserver.k8s.io", "flowschemas")] = new RequiredFieldsStrategy("spec.priorityLevelConfiguration.name"),
        [new("flowcontrol.apiserver.k8s.io", "prioritylevelconfigurations")] = new RequiredFieldsStrategy("spec.type"),
        [new("networking.k8s.io", "ingressclasses")] = new RequiredFieldsStrategy("spec.controller"),
        [new("networking.k8s.io", "ingresses")] = new IngressStrategy(),
        [new("networking.k8s.io", "ipaddresses")] = new IpAddressStrategy(),
        [new("networking.k8s.io", "networkpolicies")] = new NetworkPolicyStrategy(),
        [new("networking.k8s.io", "servicecidrs")] = new RequiredFieldsStrategy("spec.cidrs"),
        [new("node.k8s.io", "runtimeclasses")] = new RequiredFieldsStrategy("handler"),
        [new("policy", "poddisruptionbudgets")] = new PodDisruptionBudgetStrategy(),
        [new("rbac.authorization.k8s.io", "clusterrolebindings")] = new RoleBindingStrategy(clusterWide: true),
        [new("rbac.authorization.k8s.io", "clusterroles")] = new RoleStrategy(clusterWide: true),
        [new("rbac.authorization.k8s.io", "rolebindings")] = new RoleBindingStrategy(clusterWide: false),
        [new("rbac.authorization.k8s.io", "roles")] = new RoleStrategy(clusterWide: false),
        [new("scheduling.k8s.io", "priorityclasses")] = new PriorityClassStrategy(),
        [new("storage.k8s.io", "csidrivers")] = new CsiDriverStrategy(),
        [new("storage.k8s.io", "csistoragecapacities")] = new RequiredFieldsStrategy("storageClassName"),
        [new("storage.k8s.io", "storageclasses")] = new StorageClassStrategy(),
        [new("storage.k8s.io", "volumeattachments")] = new RequiredFieldsStrategy("spec.attacher", "spec.nodeName", "spec.source"),
        [new("storage.k8s.io", "volumeattributesclasses")] = new RequiredFieldsStrategy("driverName"),
    }.ToFrozenDictionary();
}
