using Akka.Actor;
using ControlPlane.Entities;
using Shared.Api;

namespace ControlPlane.Networking.Services;

/// <summary>A Service, with <see cref="ServiceReconciler"/> as its controller.</summary>
public sealed class ServiceActor(ObjectKey key, ObjectServices services, ServiceNetworkOptions options) : ReconcilingActor(key, services, new ServiceReconciler(options))
{
    public static Props Props(ObjectKey key, ObjectServices services, ServiceNetworkOptions options) =>
        Akka.Actor.Props.Create(() => new ServiceActor(key, services, options));
}
