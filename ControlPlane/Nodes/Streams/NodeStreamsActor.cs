using System.Collections.Immutable;
using Akka.Actor;
using ControlPlane.Journal;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Protocol;

namespace ControlPlane.Nodes.Streams;

/// <summary>
/// Holds the agents' pulls and answers each when something it follows was committed. One reader of the cache's windows serves all
/// streams: a pod's change wakes the one node it concerns, a ConfigMap's or Secret's those whose pods use it, and an idle node costs one message in ten seconds.
/// </summary>
internal sealed class NodeStreamsActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan Sweep = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Forget = TimeSpan.FromMinutes(1);

    private readonly WatchCache _cache;
    private readonly TimeProvider _time;
    private readonly FollowedWindows _windows;
    private readonly Dictionary<string, FollowingAgent> _agents = new(StringComparer.Ordinal);
    private readonly Dictionary<ObjectKey, HashSet<FollowingAgent>> _users = [];
    private readonly Dictionary<string, byte[]> _places = new(StringComparer.Ordinal);
    private readonly Action<CommittedBatch, IReadOnlyList<ObjectChange>> _applied;
    private int _woken;

    public NodeStreamsActor(WatchCache cache, TimeProvider time)
    {
        (_cache, _time, _windows) = (cache, time, new(cache));
        var self = Self;
        _applied = (_, _) =>
        {
            if (Interlocked.Exchange(ref _woken, 1) == 0) self.Tell(Committed.Instance);
        };
        Receive<PullChanges>(Pull);
        Receive<Committed>(_ => ReadChanges());
        Receive<SweepDue>(_ => SweepAgents());
    }

    public static Props Props(WatchCache cache, TimeProvider time) => Akka.Actor.Props.Create(() => new NodeStreamsActor(cache, time));

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        _cache.Applied += _applied;
        ReadChanges();
        Timers.StartPeriodicTimer(SweepDue.Instance, SweepDue.Instance, Sweep);
    }

    protected override void PostStop() => _cache.Applied -= _applied;

    private void Pull(PullChanges pull)
    {
        ReadChanges();
        var agent = AgentOf(pull);
        (agent.Held, agent.Asker, agent.LastPull) = (null, Sender, _time.GetTimestamp());
        if (pull.After <= 0)
        {
            AnswerSnapshot(agent, pull);
            return;
        }
        if (agent.Stream is { } known && known.From <= pull.After) known.Confirm(pull.After, StreamPlace.Parse(pull.Continue));
        else agent.Stream = Resume(agent, pull);
        if (agent.Stream is null) AnswerSnapshot(agent, Anew(pull));
        else if (!Answer(agent, pull)) agent.Held = pull;
    }

    private bool Answer(FollowingAgent agent, PullChanges pull)
    {
        if (agent.Stream?.Read(_windows.Complete) is not { } read) return false;
        agent.Asker.Tell(new NodeChanges(pull.Node, pull.Epoch, pull.Sequence, read.To, false, read.Continue, read.Items));
        agent.Held = null;
        return true;
    }

    private void AnswerSnapshot(FollowingAgent agent, PullChanges pull)
    {
        agent.Held = null;
        var place = StreamPlace.Parse(pull.Continue);
        if (place is not null) agent.Stream ??= Resume(agent, pull with { After = place.Revision });
        if (place is null || agent.Stream is null || agent.Stream.From > place.Revision)
        {
            place = new(_windows.Complete, 0, "", "");
            agent.Stream = new(_windows.Complete);
        }
        var (items, next) = SnapshotPages.Page(_cache, pull.Node, pull.WithServices, agent.Used.Keys, place);
        agent.Asker.Tell(new NodeChanges(pull.Node, pull.Epoch, pull.Sequence, place.Revision, true, next?.ToString() ?? "", items));
    }

    /// <summary>The stream of an agent this process has not served before, from the windows; null if they don't reach back that far.</summary>
    private NodeStream? Resume(FollowingAgent agent, PullChanges pull)
    {
        var stream = new NodeStream(pull.After);
        var whole = _windows.ReadAgain(pull.After, how => how != Following.Network || pull.WithServices, (change, how) =>
        {
            if (how == Following.Used && !agent.Used.Contains(change.Object.Key)) return;
            if (how is Following.Bound or Following.Pinned && FollowedResources.NodeOf(change.Object) != pull.Node.Value) return;
            stream.Add(change);
            if (how == Following.Bound) UseAgain(agent, stream, change, pull.Node.Value);
        });
        return whole ? stream : null;
    }

    /// <summary>What a past change of a pod began or ended to use, as it stands now.</summary>
    private void UseAgain(FollowingAgent agent, NodeStream stream, ObjectChange change, string node)
    {
        var after = change.Deleted ? [] : UsedObjects.Of(change.Object);
        var before = change.Previous is { } previous && previous.Header.NodeName == node ? UsedObjects.Of(previous) : [];
        foreach (var key in after.Except(before).Concat(before.Except(after)))
        {
            if (!agent.Used.Contains(key)) stream.Withdraw(key, change.Object.Revision);
            else if (_cache.Get(key) is { } used) stream.Introduce(used, change.Object.Revision);
        }
    }

    private void ReadChanges()
    {
        Volatile.Write(ref _woken, 0);
        var concerned = new HashSet<FollowingAgent>();
        if (!_windows.Read((change, how) => Dispatch(change, how, concerned)))
        {
            FallBehind();
            return;
        }
        foreach (var agent in concerned)
        {
            if (agent.Stream is { IsOverfull: true }) agent.Stream = null;
            if (agent.Held is not { } pull) continue;
            if (agent.Stream is null) AnswerSnapshot(agent, Anew(pull));
            else Answer(agent, pull);
        }
    }

    private void Dispatch(ObjectChange change, Following how, HashSet<FollowingAgent> concerned)
    {
        switch (how)
        {
            case Following.Bound:
                if (!_agents.TryGetValue(change.Object.Header.NodeName, out var bound)) return;
                Use(bound, change);
                Add(bound, change, concerned);
                break;
            case Following.Pinned:
                if (_agents.TryGetValue(FollowedResources.NodeOf(change.Object), out var holder)) Add(holder, change, concerned);
                break;
            case Following.Used:
                foreach (var user in _users.GetValueOrDefault(change.Object.Key) ?? []) Add(user, change, concerned);
                break;
            default:
                if (NodePlace.IsNode(change.Object) && !Moved(change)) return;
                foreach (var agent in _agents.Values.Where(agent => agent.WithServices)) Add(agent, change, concerned);
                break;
        }
    }

    private void Use(FollowingAgent agent, ObjectChange pod)
    {
        var use = agent.Used.Take(pod);
        foreach (var key in use.Begun)
        {
            Index(key, agent);
            if (_cache.Get(key) is { } used) agent.Stream?.Introduce(used, pod.Object.Revision);
        }
        foreach (var key in use.Ended)
        {
            Unindex(key, agent);
            agent.Stream?.Withdraw(key, pod.Object.Revision);
        }
    }

    /// <summary>Whether a Node's change is one of its place. The first one after a start counts: what was told before is not known.</summary>
    private bool Moved(ObjectChange change)
    {
        var name = change.Object.Key.Name;
        if (change.Deleted)
        {
            _places.Remove(name);
            return true;
        }
        var place = NodePlace.Of(change.Object);
        if (_places.TryGetValue(name, out var known) && known.AsSpan().SequenceEqual(place)) return false;
        _places[name] = place;
        return true;
    }

    private static void Add(FollowingAgent agent, ObjectChange change, HashSet<FollowingAgent> concerned)
    {
        if (agent.Stream is not { } stream) return;
        stream.Add(change);
        concerned.Add(agent);
    }

    /// <summary>The windows have moved on without this reader: every agent gets a snapshot at its next pull.</summary>
    private void FallBehind()
    {
        _windows.Start();
        _places.Clear();
        foreach (var (name, agent) in _agents.ToArray())
        {
            var anew = Enter(name, agent.WithServices);
            (anew.Asker, anew.LastPull) = (agent.Asker, agent.LastPull);
            if (agent.Held is { } pull) AnswerSnapshot(anew, Anew(pull));
        }
    }

    private void SweepAgents()
    {
        ReadChanges();
        foreach (var (name, agent) in _agents)
        {
            var silent = _time.GetElapsedTime(agent.LastPull);
            if (agent.Held is { } pull && silent >= NodeProtocol.LongPoll)
            {
                agent.Held = null;
                // A revision this journal has never reached is one of another history (a restored database): begin anew.
                if (pull.After > _windows.Complete) AnswerSnapshot(agent, Anew(pull));
                else agent.Asker.Tell(new NodeChanges(pull.Node, pull.Epoch, pull.Sequence, _windows.Complete, false, "", ImmutableArray<NodeChange>.Empty));
            }
            else if (silent >= Forget) Leave(name);
        }
    }

    private FollowingAgent AgentOf(PullChanges pull) =>
        _agents.TryGetValue(pull.Node.Value, out var known) && known.WithServices == pull.WithServices ? known : Enter(pull.Node.Value, pull.WithServices);

    private FollowingAgent Enter(string name, bool withServices)
    {
        Leave(name);
        var agent = new FollowingAgent(withServices, new(_windows.PodsOn(name)));
        foreach (var key in agent.Used.Keys) Index(key, agent);
        return _agents[name] = agent;
    }

    private void Leave(string name)
    {
        if (!_agents.Remove(name, out var agent)) return;
        foreach (var key in agent.Used.Keys) Unindex(key, agent);
    }

    private void Index(ObjectKey key, FollowingAgent agent)
    {
        if (!_users.TryGetValue(key, out var users)) _users[key] = users = [];
        users.Add(agent);
    }

    private void Unindex(ObjectKey key, FollowingAgent agent)
    {
        if (!_users.TryGetValue(key, out var users)) return;
        users.Remove(agent);
        if (users.Count == 0) _users.Remove(key);
    }

    private static PullChanges Anew(PullChanges pull) => pull with { After = 0, Continue = "" };

    private sealed class Committed
    {
        public static readonly Committed Instance = new();
    }

    /// <summary>To itself; a test sends it too.</summary>
    internal sealed class SweepDue
    {
        public static readonly SweepDue Instance = new();
    }
}
