using Akka.Actor;
using ControlPlane.Entities;
using Shared.Api;

namespace ControlPlane.Workloads.CronJobs;

/// <summary>A CronJob, which is its own controller: see <see cref="CronJobReconciler"/>.</summary>
public sealed class CronJobActor(ObjectKey key, ObjectServices services) : ReconcilingActor(key, services, Reconciler)
{
    private static readonly CronJobReconciler Reconciler = new();

    public static new Props Props(ObjectKey key, ObjectServices services) => Akka.Actor.Props.Create(() => new CronJobActor(key, services));
}
