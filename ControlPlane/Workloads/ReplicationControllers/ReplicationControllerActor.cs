using Akka.Actor;
using ControlPlane.Entities;
using ControlPlane.Workloads.ReplicaSets;
using Shared.Api;

namespace ControlPlane.Workloads.ReplicationControllers;

/// <summary>A ReplicationController, which is its own controller: it does what a ReplicaSet does, see <see cref="ReplicaSetReconciler"/>.</summary>
public sealed class ReplicationControllerActor(ObjectKey key, ObjectServices services) : ReconcilingActor(key, services, Reconciler)
{
    private static readonly ReplicaSetReconciler Reconciler = new("v1", "ReplicationController");

    public static new Props Props(ObjectKey key, ObjectServices services) => Akka.Actor.Props.Create(() => new ReplicationControllerActor(key, services));
}
