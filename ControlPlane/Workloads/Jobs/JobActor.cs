using Akka.Actor;
using ControlPlane.Entities;
using Shared.Api;

namespace ControlPlane.Workloads.Jobs;

/// <summary>A Job, which is its own controller: see <see cref="JobReconciler"/>.</summary>
public sealed class JobActor(ObjectKey key, ObjectServices services) : ReconcilingActor(key, services, Reconciler)
{
    private static readonly JobReconciler Reconciler = new();

    public static new Props Props(ObjectKey key, ObjectServices services) => Akka.Actor.Props.Create(() => new JobActor(key, services));
}
