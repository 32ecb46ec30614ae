using Akka.Actor;
using ControlPlane.Entities;
using Shared.Api;

namespace ControlPlane.Workloads.Namespaces;

/// <summary>A Namespace, which is its own controller: see <see cref="NamespaceReconciler"/>.</summary>
public sealed class NamespaceActor(ObjectKey key, ObjectServices services, NamespaceReconciler reconciler) : ReconcilingActor(key, services, reconciler)
{
    /// <summary>The props of all Namespaces, which share a reconciler.</summary>
    public static Func<ObjectKey, ObjectServices, Props> PropsWith(NamespaceReconciler reconciler) =>
        (key, services) => Akka.Actor.Props.Create(() => new NamespaceActor(key, services, reconciler));
}
