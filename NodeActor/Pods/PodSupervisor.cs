using Akka.Actor;

namespace NodeActor.Pods;

/// <summary>Runs this node's pods, one actor per pod uid. See <see cref="IPodMessage"/> for what it understands and tells.</summary>
public sealed class PodSupervisor : ReceiveActor;
