using Akka.Actor;
using ControlPlane.Entities;
using Shared.Api;

namespace ControlPlane.Access.Roles.Aggregation;

/// <summary>A ClusterRole, which is its own controller: see <see cref="ClusterRoleReconciler"/>.</summary>
public sealed class ClusterRoleActor(ObjectKey key, ObjectServices services) : ReconcilingActor(key, services, Reconciler)
{
    private static readonly ClusterRoleReconciler Reconciler = new();

    public static new Props Props(ObjectKey key, ObjectServices services) => Akka.Actor.Props.Create(() => new ClusterRoleActor(key, services));
}
