using Akka.Actor;
using ControlPlane.Entities;
using ControlPlane.Objects;
using Shared.Api;

namespace ControlPlane.Workloads.Pods;

/// <summary>A Pod: besides what every object understands, it can be bound to a node, once.</summary>
public sealed class PodObjectActor(ObjectKey key, ObjectServices services) : ObjectActor(key, services)
{
    public static new Props Props(ObjectKey key, ObjectServices services) => Akka.Actor.Props.Create(() => new PodObjectActor(key, services));

    /// <inheritdoc/>
    protected override ValueTask<Proposal> Propose(ObjectCommand command) =>
        command is BindPod bind ? new(PodBinding.Propose(Kind, State, bind, Services.Time.GetUtcNow())) : base.Propose(command);
}
