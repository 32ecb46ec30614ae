using Akka.Actor;
using Akka.Cluster.Tools.Singleton;
using ControlPlane.Objects;
using ControlPlane.Scheduling;

namespace ControlPlane.Hosting;

/// <summary>What runs once in the cluster, on its oldest member.</summary>
internal static class Singletons
{
    /// <summary>Starts the managers; the singletons themselves start where and when the cluster says.</summary>
    public static void Start(ActorSystem system, ObjectServices services, TimeProvider time) =>
        system.ActorOf(
            ClusterSingletonManager.Props(
                SchedulerActor.Props(services.Cache, services.Objects, services.Events.Record, time, new SchedulerOptions()),
                PoisonPill.Instance,
                ClusterSingletonManagerSettings.Create(system).WithRole("control-plane")),
            "scheduler");
}
