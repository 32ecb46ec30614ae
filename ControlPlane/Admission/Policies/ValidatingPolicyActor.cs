using Akka.Actor;
using ControlPlane.Entities;
using Shared.Api;

namespace ControlPlane.Admission.Policies;

/// <summary>A ValidatingAdmissionPolicy, which is its own controller: see <see cref="ValidatingPolicyReconciler"/>.</summary>
internal sealed class ValidatingPolicyActor(ObjectKey key, ObjectServices services) : ReconcilingActor(key, services, new ValidatingPolicyReconciler(services.Kinds))
{
    public static new Props Props(ObjectKey key, ObjectServices services) => Akka.Actor.Props.Create(() => new ValidatingPolicyActor(key, services));
}
