using Akka.Actor;
using ControlPlane.Entities;
using Shared.Api;

namespace ControlPlane.Workloads.Deployments;

/// <summary>A Deployment, which is its own controller: see <see cref="DeploymentReconciler"/>.</summary>
public sealed class DeploymentActor(ObjectKey key, ObjectServices services) : ReconcilingActor(key, services, Reconciler)
{
    private static readonly DeploymentReconciler Reconciler = new();

    public static new Props Props(ObjectKey key, ObjectServices services) => Akka.Actor.Props.Create(() => new DeploymentActor(key, services));
}
