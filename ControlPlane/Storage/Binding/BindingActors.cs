using Akka.Actor;
using ControlPlane.Entities;
using Shared.Api;

namespace ControlPlane.Storage.Binding;

/// <summary>A PersistentVolumeClaim, which is its own controller: see <see cref="ClaimReconciler"/>.</summary>
public sealed class ClaimActor(ObjectKey key, ObjectServices services) : ReconcilingActor(key, services, Reconciler)
{
    private static readonly ClaimReconciler Reconciler = new();

    public static new Props Props(ObjectKey key, ObjectServices services) => Akka.Actor.Props.Create(() => new ClaimActor(key, services));
}

/// <summary>A PersistentVolume, which is its own controller: see <see cref="VolumeReconciler"/>.</summary>
public sealed class VolumeActor(ObjectKey key, ObjectServices services) : ReconcilingActor(key, services, Reconciler)
{
    private static readonly VolumeReconciler Reconciler = new();

    public static new Props Props(ObjectKey key, ObjectServices services) => Akka.Actor.Props.Create(() => new VolumeActor(key, services));
}
