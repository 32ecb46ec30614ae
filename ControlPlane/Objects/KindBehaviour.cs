using System.Collections.Immutable;
using Akka.Actor;
using Shared.Api;

namespace ControlPlane.Objects;

/// <summary>What a kind does beyond being stored: the actor each of its objects is, and the rules that wake it beyond ownership.</summary>
/// <param name="Actor">Makes, once per process, what makes the props of an object; what its actors need is asked of the process's services.</param>
public sealed record KindBehaviour(Func<IServiceProvider, Func<ObjectKey, Props>> Actor)
{
    public ImmutableArray<IWakeRule> WakeRules { get; init; } = [];

    /// <summary>Whether its objects are controllers, which are woken when something they depend on changes. One that only answers commands of its own is not.</summary>
    public bool Reconciles { get; init; } = true;
}
