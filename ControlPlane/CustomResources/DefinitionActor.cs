using Akka.Actor;
using ControlPlane.Entities;
using Shared.Api;

namespace ControlPlane.CustomResources;

/// <summary>A CustomResourceDefinition, which is its own controller: see <see cref="DefinitionReconciler"/>.</summary>
public sealed class DefinitionActor(ObjectKey key, ObjectServices services, DefinitionReconciler reconciler) : ReconcilingActor(key, services, reconciler)
{
    /// <summary>The props of all definitions, which share a reconciler.</summary>
    public static Func<ObjectKey, ObjectServices, Props> PropsWith(DefinitionReconciler reconciler) =>
        (key, services) => Akka.Actor.Props.Create(() => new DefinitionActor(key, services, reconciler));
}
