using Akka.Actor;
using Akka.Cluster;
using Akka.Event;
using Akka.Remote;

namespace ControlPlane.Membership;

/// <summary>
/// Tells the other members many times a second that this one lives and what it hosts, and hears them: a member that is not heard of for half a second, or whose
/// connection breaks, is silent until it is heard of again. This is faster than the cluster's failure detector and decides less: nobody is given up by it. Also sees to
/// it that every shard is hosted somewhere.
/// </summary>
public sealed class MemberPulseActor : ReceiveActor, IWithTimers
{
    /// <summary>The actor's name under <c>/user</c>, the same in every control plane.</summary>
    public const string Name = "pulse";

    /// <summary>How often members are told.</summary>
    public static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(100);

    /// <summary>A member that is not heard of for this long is silent.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(500);

    // An actor of every shard is asked for, one by one, as long as nobody hosts it.
    private static readonly TimeSpan TouchEvery = TimeSpan.FromSeconds(1);

    private readonly Cluster _cluster = Cluster.Get(Context.System);
    private readonly MemberBook _book;
    private readonly HostedShards _hosted;
    private readonly RefusedConnections _refused = RefusedConnections.Of(Context.System.EventStream);
    private readonly IActorRef _objects;
    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly Action _changed;
    private TimeSpan _lastBeat;
    private TimeSpan _lastTouch;

    public MemberPulseActor(MemberBook book, HostedShards hosted, IActorRef objects, TimeProvider time)
    {
        (_book, _hosted, _objects, _time, _start) = (book, hosted, objects, time, time.GetTimestamp());
        var self = Self;
        _changed = () => self.Tell(BeatDue.Instance);
        Receive<ClusterEvent.MemberUp>(up => Add(up.Member));
        Receive<ClusterEvent.MemberRemoved>(removed => Remove(removed.Member.Address));
        Receive<MemberPulse>(Hear);
        Receive<AssociationErrorEvent>(broken =>
        {
            Silent(broken.RemoteAddress);
            if (IsRefused(broken.Cause)) _refused.Add(broken.RemoteAddress);
        });
        Receive<DisassociatedEvent>(broken => Silent(broken.RemoteAddress));
        Receive<BeatDue>(_ => OnBeat());
    }

    /// <param name="objects">The shard region.</param>
    public static Props Props(MemberBook book, HostedShards hosted, IActorRef objects, TimeProvider time) =>
        Akka.Actor.Props.Create(() => new MemberPulseActor(book, hosted, objects, time));

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    private TimeSpan Now => _time.GetElapsedTime(_start);

    protected override void PreStart()
    {
        _hosted.Changed += _changed;
        _cluster.Subscribe(Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents, typeof(ClusterEvent.MemberUp), typeof(ClusterEvent.MemberRemoved));
        Context.System.EventStream.Subscribe<AssociationErrorEvent>(Self);
        Context.System.EventStream.Subscribe<DisassociatedEvent>(Self);
        Timers.StartPeriodicTimer(BeatDue.Instance, BeatDue.Instance, Beat);
        Touch();
    }

    protected override void PostStop()
    {
        _hosted.Changed -= _changed;
        _cluster.Unsubscribe(Self);
        Context.System.EventStream.Unsubscribe(Self);
    }

    private void Add(Member member)
    {
        if (member.UniqueAddress == _cluster.SelfUniqueAddress || _book.Find(member.Address) is not null) return;
        _book.Set(member.Address, new(0, Now, IsSilent: false));
        Tell(member.Address);
    }

    private void Remove(Address member)
    {
        _book.Set(member, null);
        _refused.Remove(member);
        Touch();
    }

    private void Hear(MemberPulse pulse)
    {
        _refused.Remove(Sender.Path.Address);

        // One that is not yet, or not any more, a member tells of itself again.
        if (_book.Find(Sender.Path.Address) is not null) _book.Set(Sender.Path.Address, new(pulse.Shards, Now, IsSilent: false));
    }

    private void Silent(Address member)
    {
        if (_book.Find(member) is { } entry) _book.Set(member, entry with { IsSilent = true });
    }

    private void OnBeat()
    {
        var now = Now;

        // Who did not run could not hear: nobody is to blame for what this process slept through.
        var slept = now - _lastBeat > Silence / 2;
        _lastBeat = now;
        foreach (var (member, entry) in _book.All)
        {
            Tell(member);
            if (slept) _book.Set(member, entry with { HeardAt = now });
            else if (now - entry.HeardAt > Silence) Silent(member);
        }
        if (now - _lastTouch > TouchEvery) Touch();
    }

    private void Tell(Address member) => Context.ActorSelection(new RootActorPath(member) / "user" / Name).Tell(new MemberPulse(_hosted.Set), Self);

    // Akka's remoting tells it in words only.
    private static bool IsRefused(Exception? cause) => cause?.Message.StartsWith("Connection refused", StringComparison.Ordinal) == true;

    private void Touch()
    {
        _lastTouch = Now;
        for (var shard = 0; shard < Shards.Count; shard++)
        {
            if (!_hosted.Contains(shard) && (!_book.HasPeers || _book.PlaceOf(shard) is ShardPlace.Unclaimed)) _objects.Tell(new TouchShard(shard), ActorRefs.NoSender);
        }
    }

    private sealed class BeatDue
    {
        public static readonly BeatDue Instance = new();
    }
}
