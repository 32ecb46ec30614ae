using Akka.Actor;
using ControlPlane.Entities;
using Shared.Api;

namespace ControlPlane.Workloads.ReplicaSets;

/// <summary>A ReplicaSet, which is its own controller: see <see cref="ReplicaSetReconciler"/>.</summary>
public sealed class ReplicaSetActor(ObjectKey key, ObjectServices services) : ReconcilingActor(key, services, Reconciler)
{
    private static readonly ReplicaSetReconciler Reconciler = new("apps/v1", "ReplicaSet");

    public static new Props Props(ObjectKey key, ObjectServices services) => Akka.Actor.Props.Create(() => new ReplicaSetActor(key, services));
}
