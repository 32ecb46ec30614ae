using System.Collections.Frozen;
using Akka.Actor;
using ControlPlane.Objects;
using ControlPlane.Workloads.Pods;
using Shared.Api;

namespace ControlPlane.Hosting;

/// <summary>The one list of kinds with behaviour: their actor classes, and the rules that wake them beyond ownership.</summary>
public sealed record ObjectBehaviours(IReadOnlyDictionary<GroupResource, Func<ObjectKey, ObjectServices, Props>> Actors, IReadOnlyCollection<IWakeRule> WakeRules)
{
    public static ObjectBehaviours Create(ControlPlaneOptions options, ObjectServices services) => new(
        new Dictionary<GroupResource, Func<ObjectKey, ObjectServices, Props>>
        {
            [new("", "pods")] = PodActor.Props,
        }.ToFrozenDictionary(),
        []);
}
