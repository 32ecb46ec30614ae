using Akka.Actor;
using ControlPlane.Entities;
using Shared.Api;

namespace ControlPlane.Autoscaling;

/// <summary>A HorizontalPodAutoscaler, which is its own controller: see <see cref="AutoscalerReconciler"/>.</summary>
internal sealed class AutoscalerActor(ObjectKey key, ObjectServices services, MetricReader metrics) : ReconcilingActor(key, services, new AutoscalerReconciler(services.Kinds, metrics))
{
    public static Props Props(ObjectKey key, ObjectServices services, MetricReader metrics) => Akka.Actor.Props.Create(() => new AutoscalerActor(key, services, metrics));
}
