using System.Collections.Immutable;
using ControlPlane.Access.Roles;
using ControlPlane.Access.Reviews;
using ControlPlane.Access.ServiceAccounts;
using ControlPlane.Admission;
using ControlPlane.Admission.Images;
using ControlPlane.Autoscaling;
using ControlPlane.CertificateSigningRequests;
using ControlPlane.Configuration;
using ControlPlane.CustomResources;
using ControlPlane.Gateway.ApiServices;
using ControlPlane.Gateway.FlowControl;
using ControlPlane.History;
using ControlPlane.Networking.Addresses;
using ControlPlane.Networking.Allocation;
using ControlPlane.Networking.Endpoints;
using ControlPlane.Networking.Ingresses;
using ControlPlane.Networking.Policies;
using ControlPlane.Networking.Services;
using ControlPlane.Nodes;
using ControlPlane.Objects;
using ControlPlane.Policy.LimitRanges;
using ControlPlane.Policy.PodDisruptionBudgets;
using ControlPlane.Policy.ResourceQuotas;
using ControlPlane.Scheduling.PriorityClasses;
using ControlPlane.Storage;
using ControlPlane.Storage.Devices;
using ControlPlane.Telemetry.ComponentStatuses;
using ControlPlane.Telemetry.Events;
using ControlPlane.Telemetry.Usage;
using ControlPlane.Workloads.ControllerRevisions;
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

namespace ControlPlane.Hosting;

/// <summary>
/// The one list of the kinds there are from the start, each declared in its own folder. Groups stand in discovery's order; of several versions
/// the preferred one first.
/// </summary>
public static class BuiltInKinds
{
    public static ImmutableArray<KindDefinition> All { get; } =
    [
        PodKinds.Bindings,
        ComponentStatusKind.Definition,
        ConfigMapKind.Definition,
        EndpointsKinds.Endpoints,
        EventKinds.Core,
        LimitRangeKind.Definition,
        NamespaceKind.Definition,
        NodeKind.Definition,
        PersistentVolumeClaimKind.Definition,
        PersistentVolumeKind.Definition,
        PodKinds.Pods,
        PodTemplateKind.Definition,
        ReplicationControllerKind.Definition,
        ResourceQuotaKind.Definition,
        SecretKind.Definition,
        ServiceAccountKind.Definition,
        ServiceKind.Definition,
        ControllerRevisionKind.Definition,
        DaemonSetKind.Definition,
        DeploymentKind.Definition,
        ReplicaSetKind.Definition,
        StatefulSetKind.Definition,
        CronJobKind.Definition,
        JobKind.Definition,
        .. HorizontalPodAutoscalerKinds.Definitions,
        PodDisruptionBudgetKind.Definition,
        PriorityClassKind.Definition,
        RuntimeClassKind.Definition,
        LeaseKind.Definition,
        .. IngressKinds.Definitions,
        AddressKinds.IpAddresses,
        NetworkPolicyKind.Definition,
        AddressKinds.ServiceCidrs,
        EndpointsKinds.Slices,
        .. RbacKinds.Definitions,
        .. ReviewKinds.Definitions,
        .. CertificateKinds.Definitions,
        .. CsiKinds.Definitions,
        StorageClassKind.Definition,
        VolumeAttachmentKinds.Attachments,
        VolumeAttachmentKinds.AttributesClasses,
        StorageVersionMigrationKind.Definition,
        .. DeviceKinds.Definitions,
        .. AdmissionPolicyKinds.Definitions,
        .. WebhookConfigurationKinds.Definitions,
        ImagePolicyKind.Definition,
        CustomResourceDefinitionKind.Definition,
        ApiServiceKind.Definition,
        .. FlowControlKinds.Definitions,
        EventKinds.Events,
        HistoryKinds.Namespaced,
        HistoryKinds.ClusterWide,
        MetricsKinds.Nodes,
        MetricsKinds.Pods,
        ClaimKind.Definition,
        SigningKeys.Definition,
    ];
}
