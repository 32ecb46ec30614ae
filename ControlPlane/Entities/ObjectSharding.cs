using System.Globalization;
using Akka.Actor;
using Akka.Cluster.Sharding;
using Akka.Util;
using ControlPlane.Membership;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Protocol;

namespace ControlPlane.Entities;

/// <summary>How objects are spread over the members: entity id is the object's key, shards are a hash of it.</summary>
public sealed class ObjectMessageExtractor : HashCodeMessageExtractor
{
    public ObjectMessageExtractor()
        : base(Shards.Count)
    {
    }

    /// <summary>The shard of an object.</summary>
    public static int ShardOf(in ObjectKey key) => ShardOf(key.ToString());

    /// <inheritdoc/>
    public override string ShardId(string entityId, object? messageHint = null) => (TouchShard.ShardOf(entityId) ?? ShardOf(entityId)).ToString(CultureInfo.InvariantCulture);

    private static int ShardOf(string entityId) => Math.Abs(MurmurHash.StringHash(entityId) % Shards.Count);

    /// <inheritdoc/>
    public override string? EntityId(object message) => message switch
    {
        ObjectCommand command => command.Key.ToString(),
        Reconcile reconcile => reconcile.Key.ToString(),
        TouchShard touch => touch.EntityId,
        RenewLease renewal => new ObjectKey("", "nodes", "", renewal.Node.Value).ToString(),
        _ => null,
    };
}

/// <summary>The actor classes of kinds with behaviour; every other kind is an <see cref="ObjectActor"/>.</summary>
public sealed class ObjectActors(ObjectServices services, IReadOnlyDictionary<GroupResource, Func<ObjectKey, Props>> behaviours, HostedShards hosted)
{
    /// <summary>The props of an entity by its id: an object's actor, or the beacon of a shard.</summary>
    public Props Props(string entityId) => TouchShard.ShardOf(entityId) is { } shard
        ? ShardBeacon.Props(shard, hosted, LeaveMemory.Instance)
        : Props(ObjectKey.Parse(entityId));

    /// <summary>The props of an object's actor.</summary>
    public Props Props(ObjectKey key)
    {
        return behaviours.TryGetValue(key.GroupResource, out var behaviour) ? behaviour(key) : ObjectActor.Props(key, services);
    }
}
