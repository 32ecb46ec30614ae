using Akka.Actor;

namespace ControlPlane.Membership;

/// <summary>Lives in a shard, and so where the shard does: tells that process what it hosts.</summary>
public sealed class ShardBeacon : ReceiveActor
{
    private readonly int _shard;
    private readonly HostedShards _hosted;

    public ShardBeacon(int shard, HostedShards hosted, object leave)
    {
        (_shard, _hosted) = (shard, hosted);
        Receive<TouchShard>(_ => { });
        ReceiveAny(message =>
        {
            if (message.Equals(leave)) Context.Stop(Self);
            else Unhandled(message);
        });
    }

    /// <param name="leave">What the shard tells its actors when it moves.</param>
    public static Props Props(int shard, HostedShards hosted, object leave) => Akka.Actor.Props.Create(() => new ShardBeacon(shard, hosted, leave));

    protected override void PreStart() => _hosted.Add(_shard);

    protected override void PostStop() => _hosted.Remove(_shard);
}
