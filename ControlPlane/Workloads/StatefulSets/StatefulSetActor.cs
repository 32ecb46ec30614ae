using Akka.Actor;
using ControlPlane.Entities;
using Shared.Api;

namespace ControlPlane.Workloads.StatefulSets;

/// <summary>A StatefulSet, which is its own controller: see <see cref="StatefulSetReconciler"/>.</summary>
public sealed class StatefulSetActor(ObjectKey key, ObjectServices services) : ReconcilingActor(key, services, Reconciler)
{
    private static readonly StatefulSetReconciler Reconciler = new();

    public static new Props Props(ObjectKey key, ObjectServices services) => Akka.Actor.Props.Create(() => new StatefulSetActor(key, services));
}
