using System.Collections.Frozen;
using System.Collections.Immutable;
using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Catalogue.Columns;

/// <summary>The printer columns of every kind that has more than Name and Age. Columns read the stored version.</summary>
internal static class KindColumns
{
    private static readonly FrozenDictionary<GroupResource, ImmutableArray<PrinterColumn>> Known = new Dictionary<GroupResource, ImmutableArray<PrinterColumn>>
    {
        [new("", "componentstatuses")] = ClusterColumns.ComponentStatuses,
        [new("", "configmaps")] = ConfigurationColumns.ConfigMaps,
        [new("", "endpoints")] = NetworkColumns.Endpoints,
        [new("", "events")] = ClusterColumns.Events,
        [new("", "limitranges")] = ConfigurationColumns.LimitRanges,
        [new("", "namespaces")] = ClusterColumns.Namespaces,
        [new("", "nodes")] = ClusterColumns.Nodes,
        [new("", "persistentvolumeclaims")] = StorageColumns.PersistentVolumeClaims,
        [new("", "persistentvolumes")] = StorageColumns.PersistentVolumes,
        [new("", "pods")] = PodColumns.Pods,
        [new("", "podtemplates")] = PodColumns.PodTemplates,
        [new("", "replicationcontrollers")] = WorkloadColumns.ReplicationControllers,
        [new("", "resourcequotas")] = ConfigurationColumns.ResourceQuotas,
        [new("", "secrets")] = ConfigurationColumns.Secrets,
        [new("", "serviceaccounts")] = ConfigurationColumns.ServiceAccounts,
        [new("", "services")] = NetworkColumns.Services,
        [new("admissionregistration.k8s.io", "mutatingadmissionpolicies")] = ExtensionColumns.MutatingPolicies,
        [new("admissionregistration.k8s.io", "mutatingadmissionpolicybindings")] = ExtensionColumns.PolicyBindings,
        [new("admissionregistration.k8s.io", "mutatingwebhookconfigurations")] = ExtensionColumns.WebhookConfigurations,
        [new("admissionregistration.k8s.io", "validatingadmissionpolicies")] = ExtensionColumns.ValidatingPolicies,
        [new("admissionregistration.k8s.io", "validatingadmissionpolicybindings")] = ExtensionColumns.PolicyBindings,
        [new("admissionregistration.k8s.io", "validatingwebhookconfigurations")] = ExtensionColumns.WebhookConfigurations,
        [new("apiextensions.k8s.io", "customresourcedefinitions")] = ExtensionColumns.CustomResourceDefinitions,
        [new("apiregistration.k8s.io", "apiservices")] = ExtensionColumns.ApiServices,
        [new("apps", "controllerrevisions")] = WorkloadColumns.ControllerRevisions,
        [new("apps", "daemonsets")] = WorkloadColumns.DaemonSets,
        [new("apps", "deployments")] = WorkloadColumns.Deployments,
        [new("apps", "replicasets")] = WorkloadColumns.ReplicaSets,
        [new("apps", "statefulsets")] = WorkloadColumns.StatefulSets,
        [new("autoscaling", "horizontalpodautoscalers")] = AutoscalingColumns.HorizontalPodAutoscalers,
        [new("batch", "cronjobs")] = WorkloadColumns.CronJobs,
        [new("batch", "jobs")] = WorkloadColumns.Jobs,
        [new("certificates.k8s.io", "certificatesigningrequests")] = AccessColumns.CertificateSigningRequests,
        [new("certificates.k8s.io", "clustertrustbundles")] = AccessColumns.ClusterTrustBundles,
        [new("coordination.k8s.io", "leases")] = ClusterColumns.Leases,
        [new("discovery.k8s.io", "endpointslices")] = NetworkColumns.EndpointSlices,
        [new("events.k8s.io", "events")] = ClusterColumns.Events,
        [new("flowcontrol.apiserver.k8s.io", "flowschemas")] = ExtensionColumns.FlowSchemas,
        [new("flowcontrol.apiserver.k8s.io", "prioritylevelconfigurations")] = ExtensionColumns.PriorityLevels,
        [new("networking.k8s.io", "ingressclasses")] = NetworkColumns.IngressClasses,
        [new("networking.k8s.io", "ingresses")] = NetworkColumns.Ingresses,
        [new("networking.k8s.io", "ipaddresses")] = NetworkColumns.IpAddresses,
        [new("networking.k8s.io", "networkpolicies")] = NetworkColumns.NetworkPolicies,
        [new("networking.k8s.io", "servicecidrs")] = NetworkColumns.ServiceCidrs,
        [new("node.k8s.io", "runtimeclasses")] = ConfigurationColumns.RuntimeClasses,
        [new("policy", "poddisruptionbudgets")] = ConfigurationColumns.PodDisruptionBudgets,
        [new("rbac.authorization.k8s.io", "clusterrolebindings")] = AccessColumns.Bindings,
        [new("rbac.authorization.k8s.io", "clusterroles")] = AccessColumns.Roles,
        [new("rbac.authorization.k8s.io", "rolebindings")] = AccessColumns.Bindings,
        [new("rbac.authorization.k8s.io", "roles")] = AccessColumns.Roles,
        [new("resource.k8s.io", "resourceclaims")] = StorageColumns.ResourceClaims,
        [new("resource.k8s.io", "resourceslices")] = StorageColumns.ResourceSlices,
        [new("scheduling.k8s.io", "priorityclasses")] = ConfigurationColumns.PriorityClasses,
        [new("storage.k8s.io", "csidrivers")] = StorageColumns.CsiDrivers,
        [new("storage.k8s.io", "csinodes")] = StorageColumns.CsiNodes,
        [new("storage.k8s.io", "csistoragecapacities")] = StorageColumns.CsiStorageCapacities,
        [new("storage.k8s.io", "storageclasses")] = StorageColumns.StorageClasses,
        [new("storage.k8s.io", "volumeattachments")] = StorageColumns.VolumeAttachments,
        [new("storage.k8s.io", "volumeattributesclasses")] = StorageColumns.VolumeAttributesClasses,
        [new("storagemigration.k8s.io", "storageversionmigrations")] = StorageColumns.StorageVersionMigrations,
    }.ToFrozenDictionary();

    /// <summary>A kind's columns; Name and Age where it has none of its own.</summary>
    public static ImmutableArray<PrinterColumn> For(GroupResource resource) => Known.GetValueOrDefault(resource, Column.Default);
}
