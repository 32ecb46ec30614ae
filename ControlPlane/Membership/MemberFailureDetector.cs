using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.Remote;

namespace ControlPlane.Membership;

/// <summary>
/// The cluster's failure detector: a member is unreachable once it has been silent for the interval and the acceptable pause, or as soon as its machine refuses
/// connections, since then no process is there. The first leaves time to one that is paused or starved; the second makes a killed one known at once. What counts as
/// silence is only time in which this process ran: who is starved or paused himself hears nobody, and that is nobody's fault. It does not learn from how late heartbeats
/// are: a busy machine would teach it to wait longer and longer.
/// </summary>
public sealed class MemberFailureDetector : PhiAccrualFailureDetector
{
    /// <summary>The cluster asks five times a second. Of the time between two questions no more than this counts: in what is longer this process did not run.</summary>
    internal static readonly TimeSpan Step = TimeSpan.FromMilliseconds(400);

    private readonly Lock _lock = new();
    private readonly RefusedConnections _refused;
    private readonly TimeProvider _time;
    private readonly TimeSpan _limit;
    private TimeSpan? _silence;
    private long _asked;

    /// <summary>Made by the cluster, from its configuration. It is one of Akka's kind of which alone it tells the member's address.</summary>
    public MemberFailureDetector(Config config, EventStream events)
        : this(config, events, TimeProvider.System)
    {
    }

    internal MemberFailureDetector(Config config, EventStream events, TimeProvider time)
        : base(config, events) =>
        (_refused, _time, _limit) = (RefusedConnections.Of(events), time, config.GetTimeSpan("heartbeat-interval") + config.GetTimeSpan("acceptable-heartbeat-pause"));

    /// <inheritdoc/>
    public override bool IsAvailable => !_refused.Contains(Address) && !IsSilent();

    /// <inheritdoc/>
    public override bool IsMonitoring
    {
        get
        {
            lock (_lock) return _silence is not null;
        }
    }

    /// <inheritdoc/>
    public override void HeartBeat()
    {
        // Who is heard is there, whatever was refused before: another process at the address, which is no member yet and tells nobody of itself.
        _refused.Remove(Address);
        lock (_lock) (_silence, _asked) = (TimeSpan.Zero, _time.GetTimestamp());
    }

    private bool IsSilent()
    {
        lock (_lock)
        {
            if (_silence is not { } before) return false;
            var now = _time.GetTimestamp();
            var since = _time.GetElapsedTime(_asked, now);
            (_silence, _asked) = (before + (since < Step ? since : Step), now);
            return _silence > _limit;
        }
    }
}

/// <summary>The members whose machines refuse connections, until they are heard of again. One for each actor system; any thread may ask.</summary>
public sealed class RefusedConnections
{
    private static readonly ConditionalWeakTable<EventStream, RefusedConnections> All = [];
    private readonly ConcurrentDictionary<string, bool> _members = new(StringComparer.Ordinal);

    /// <summary>Those of the actor system with this event stream.</summary>
    public static RefusedConnections Of(EventStream events) => All.GetValue(events, static _ => new());

    /// <summary>Whether nobody listens where the member was.</summary>
    public bool Contains(string member) => !_members.IsEmpty && _members.ContainsKey(member);

    internal void Add(Address member) => _members[member.ToString()] = true;

    internal void Remove(Address member) => Remove(member.ToString());

    internal void Remove(string member)
    {
        if (!_members.IsEmpty) _members.TryRemove(member, out _);
    }
}
