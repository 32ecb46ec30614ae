using Akka.Actor;
using ControlPlane.Entities;
using Shared.Api;

namespace ControlPlane.CertificateSigningRequests;

/// <summary>A CertificateSigningRequest, which is its own controller: see <see cref="CsrReconciler"/>.</summary>
internal sealed class CsrActor(ObjectKey key, ObjectServices services, CsrReconciler reconciler) : ReconcilingActor(key, services, reconciler)
{
    public static Func<ObjectKey, ObjectServices, Props> PropsWith(CsrReconciler reconciler) => (key, services) => Akka.Actor.Props.Create(() => new CsrActor(key, services, reconciler));
}
