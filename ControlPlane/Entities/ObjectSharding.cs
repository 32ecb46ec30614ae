using Akka.Actor;
using Akka.Cluster.Sharding;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Protocol;

namespace ControlPlane.Entities;

/// <summary>How objects are spread over the members: entity id is the object's key, shards are a hash of it.</summary>
public sealed class ObjectMessageExtractor : HashCodeMessageExtractor
{
    private const int Shards = 60;

    public ObjectMessageExtractor()
        : base(Shards)
    {
    }

    /// <inheritdoc/>
    public override string? EntityId(object message) => message switch
    {
        ObjectCommand command => command.Key.ToString(),
        Reconcile reconcile => reconcile.Key.ToString(),
        RenewLease renewal => new ObjectKey("", "nodes", "", renewal.Node.Value).ToString(),
        _ => null,
    };
}

/// <summary>The actor classes of kinds with behaviour; every other kind is an <see cref="ObjectActor"/>.</summary>
public sealed class ObjectActors(ObjectServices services, IReadOnlyDictionary<GroupResource, Func<ObjectKey, Props>> behaviours)
{
    /// <summary>The resources whose objects are their own controllers.</summary>
    public IReadOnlySet<GroupResource> WithBehaviour { get; } = behaviours.Keys.ToHashSet();

    /// <summary>The props of an entity by its id.</summary>
    public Props Props(string entityId)
    {
        var key = ObjectKey.Parse(entityId);
        return behaviours.TryGetValue(key.GroupResource, out var behaviour) ? behaviour(key) : ObjectActor.Props(key, services);
    }
}
