using Akka.Actor;
using ControlPlane.Entities;
using Shared.Api;

namespace ControlPlane.Policy.ResourceQuotas;

/// <summary>A ResourceQuota, which is its own controller: see <see cref="QuotaReconciler"/>.</summary>
public sealed class QuotaActor(ObjectKey key, ObjectServices services) : ReconcilingActor(key, services, Reconciler)
{
    private static readonly QuotaReconciler Reconciler = new();

    public static new Props Props(ObjectKey key, ObjectServices services) => Akka.Actor.Props.Create(() => new QuotaActor(key, services));
}
