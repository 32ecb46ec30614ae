using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.Remote;

namespace ControlPlane.Membership;

/// <summary>
/// The cluster's failure detector: a member is unreachable once no heartbeat has come for the interval and the acceptable pause, or as soon as its machine refuses
/// connections, since then no process is there. The first leaves time to one that is paused or starved; the second makes a killed one known at once. It does not learn
/// from how late heartbeats are: a busy machine would teach it to wait longer and longer.
/// </summary>
public sealed class MemberFailureDetector : PhiAccrualFailureDetector
{
    private readonly DeadlineFailureDetector _deadline;
    private readonly RefusedConnections _refused;

    /// <summary>Made by the cluster, from its configuration. It is one of Akka's kind of which alone it tells the member's address.</summary>
    public MemberFailureDetector(Config config, EventStream events)
        : base(config, events) => (_deadline, _refused) = (new(config, events), RefusedConnections.Of(events));

    /// <inheritdoc/>
    public override bool IsAvailable => _deadline.IsAvailable && !_refused.Contains(Address);

    /// <inheritdoc/>
    public override bool IsMonitoring => _deadline.IsMonitoring;

    /// <inheritdoc/>
    public override void HeartBeat()
    {
        // Who is heard is there, whatever was refused before: another process at the address, which is no member yet and tells nobody of itself.
        _refused.Remove(Address);
        _deadline.HeartBeat();
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
