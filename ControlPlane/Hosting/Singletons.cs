using Akka.Actor;
using ControlPlane.Objects;

namespace ControlPlane.Hosting;

/// <summary>What runs once in the cluster, and what runs once in each process beside the objects.</summary>
internal static class Singletons
{
    public static Task Start(ActorSystem system, ControlPlaneOptions options, ObjectServices services, TimeProvider time) => Task.CompletedTask;
}
