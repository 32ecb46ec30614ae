using Akka.Actor;
using ControlPlane.Entities;
using Shared.Api;

namespace ControlPlane.Workloads.DaemonSets;

/// <summary>A DaemonSet, which is its own controller: see <see cref="DaemonSetReconciler"/>.</summary>
public sealed class DaemonSetActor(ObjectKey key, ObjectServices services) : ReconcilingActor(key, services, Reconciler)
{
    private static readonly DaemonSetReconciler Reconciler = new();

    public static new Props Props(ObjectKey key, ObjectServices services) => Akka.Actor.Props.Create(() => new DaemonSetActor(key, services));
}
