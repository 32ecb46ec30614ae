using System.Collections.Frozen;
using Akka.Actor;
using ControlPlane.Networking;
using ControlPlane.Networking.Allocation;
using ControlPlane.Networking.Services;
using ControlPlane.Nodes;
using ControlPlane.Objects;
using ControlPlane.Workloads;
using ControlPlane.Workloads.Deployments;
using ControlPlane.Workloads.Namespaces;
using ControlPlane.Workloads.Pods;
using ControlPlane.Workloads.ReplicaSets;
using Shared.Api;

namespace ControlPlane.Hosting;

/// <summary>The one list of kinds with behaviour: their actor classes, and the rules that wake them beyond ownership.</summary>
public sealed record ObjectBehaviours(IReadOnlyDictionary<GroupResource, Func<ObjectKey, ObjectServices, Props>> Actors, IReadOnlyCollection<IWakeRule> WakeRules)
{
    public static ObjectBehaviours Create(NodeOptions nodes, ServiceNetworkOptions network, NamespaceReconciler namespaces) => new(
        new Dictionary<GroupResource, Func<ObjectKey, ObjectServices, Props>>
        {
            [new("", "namespaces")] = NamespaceActor.PropsWith(namespaces),
            [new("", "nodes")] = (key, services) => NodeObjectActor.Props(key, services, nodes),
            [new("", "pods")] = PodActor.Props,
            [new("", "services")] = (key, services) => ServiceActor.Props(key, services, network),
            [ServiceClaim.Addresses] = (key, services) => ClaimActor.Props(key, services, network),
            [ServiceClaim.Others] = (key, services) => ClaimActor.Props(key, services, network),
            [new("apps", "replicasets")] = ReplicaSetActor.Props,
            [new("apps", "deployments")] = DeploymentActor.Props,
        }.ToFrozenDictionary(),
        [new AdoptionWakeRule(), new NamespaceWakeRule(), new NodeWakeRule(), new ServiceWakeRule()]);
}
