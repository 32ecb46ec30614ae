using Akka.Actor;
using Akka.Cluster.Tools.Singleton;
using ControlPlane.Access.Joining;
using ControlPlane.Encryption;
using ControlPlane.Entities;
using ControlPlane.GarbageCollection;
using ControlPlane.Networking;
using ControlPlane.Scheduling;
using ControlPlane.Telemetry.Events;

namespace ControlPlane.Hosting;

/// <summary>What runs once in the cluster, on its oldest member.</summary>
internal static class Singletons
{
    /// <summary>Starts the managers; the singletons themselves start where and when the cluster says.</summary>
    public static void Start(ActorSystem system, ObjectServices services, ObjectClient objects, ServiceNetworkOptions network, TimeProvider time)
    {
        Start(system, "api-servers", ApiServersActor.Props(services, objects, network));
        Start(system, "scheduler", SchedulerActor.Props(services.Cache, services.Objects, services.Events.Record, time, new SchedulerOptions()));
        Start(system, "garbage-collector", GarbageCollectorActor.Props(new OwnerCollector(services.Kinds), services.Cache, services.Objects, time));
        Start(system, "token-expiry", TokenExpiryActor.Props(services.Cache, services.Objects, time));
        Start(system, KeyRotationActor.Name, KeyRotationActor.Props());
        Start(system, "event-expiry", EventExpiryActor.Props(services.Cache, services.Objects, time));
    }

    private static void Start(ActorSystem system, string name, Props props) => system.ActorOf(
        ClusterSingletonManager.Props(props, PoisonPill.Instance, ClusterSingletonManagerSettings.Create(system).WithRole("control-plane")), name);
}
