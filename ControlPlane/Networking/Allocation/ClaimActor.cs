using Akka.Actor;
using ControlPlane.Entities;
using Shared.Api;

namespace ControlPlane.Networking.Allocation;

/// <summary>An IPAddress or an internal claim, with <see cref="ClaimReconciler"/> as its controller.</summary>
public sealed class ClaimActor(ObjectKey key, ObjectServices services, ServiceNetworkOptions options) : ReconcilingActor(key, services, new ClaimReconciler(options))
{
    public static Props Props(ObjectKey key, ObjectServices services, ServiceNetworkOptions options) =>
        Akka.Actor.Props.Create(() => new ClaimActor(key, services, options));
}
