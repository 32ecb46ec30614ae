using System.Collections.Immutable;
using Akka.Actor;
using ControlPlane.Journal;
using ControlPlane.Objects;
using Shared.Protocol;

namespace ControlPlane.Nodes;

/// <summary>
/// Holds the agents' pulls and answers each when something it follows was committed. One reader of the cache's windows serves all
/// streams: a pod's change wakes the one node it concerns, and an idle node costs one message in ten seconds.
/// </summary>
internal sealed class NodeStreamsActor : ReceiveActor, IWithTimers
{
    private const int ReadAtOnce = 1024;
    private static readonly TimeSpan Sweep = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Forget = TimeSpan.FromMinutes(1);

    private readonly WatchCache _cache;
    private readonly TimeProvider _time;
    private readonly Dictionary<string, Agent> _agents = new(StringComparer.Ordinal);
    private readonly Dictionary<string, byte[]> _places = new(StringComparer.Ordinal);
    private readonly (ResourceCache Part, bool Pods)[] _parts;
    private readonly long[] _positions;
    private readonly Action<CommittedBatch, IReadOnlyList<ObjectChange>> _applied;
    private long _complete;
    private int _woken;

    public NodeStreamsActor(WatchCache cache, TimeProvider time)
    {
        (_cache, _time) = (cache, time);
        _parts = [.. SnapshotPages.Shared.Select(resource => (cache.Of(resource), false)), (cache.Of(SnapshotPages.Pods), true)];
        _positions = new long[_parts.Length];
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
        StartReading();
        _cache.Applied += _applied;
        ReadChanges();
        Timers.StartPeriodicTimer(SweepDue.Instance, SweepDue.Instance, Sweep);
    }

    protected override void PostStop() => _cache.Applied -= _applied;

    private void Pull(PullChanges pull)
    {
        ReadChanges();
        var name = pull.Node.Value;
        if (!_agents.TryGetValue(name, out var agent) || agent.WithServices != pull.WithServices)
        {
            agent = new(pull.WithServices);
            _agents[name] = agent;
        }
        (agent.Held, agent.Asker, agent.LastPull) = (null, Sender, _time.GetUtcNow());
        if (pull.After <= 0 || pull.Continue.Length > 0)
        {
            AnswerSnapshot(agent, pull);
            return;
        }
        if (agent.Stream is { } known && known.From <= pull.After) known.Confirm(pull.After);
        else agent.Stream = Resume(pull);
        if (agent.Stream is null) AnswerSnapshot(agent, pull with { After = 0, Continue = "" });
        else if (!Answer(agent, pull)) agent.Held = pull;
    }

    private bool Answer(Agent agent, PullChanges pull)
    {
        if (agent.Stream?.Read(_complete) is not { } read) return false;
        agent.Asker.Tell(new NodeChanges(pull.Node, pull.Epoch, pull.Sequence, read.To, false, "", read.Items));
        agent.Held = null;
        return true;
    }

    private void AnswerSnapshot(Agent agent, PullChanges pull)
    {
        agent.Held = null;
        var place = pull.Continue.Length == 0 ? null : SnapshotPlace.Parse(pull.Continue);
        if (place is not null) agent.Stream ??= Resume(pull with { After = place.Revision });
        if (place is null || agent.Stream is null || agent.Stream.From > place.Revision)
        {
            place = new(_complete, 0, "", "");
            agent.Stream = new(_complete);
        }
        var (items, next) = SnapshotPages.Page(_cache, pull.Node, pull.WithServices, place);
        agent.Asker.Tell(new NodeChanges(pull.Node, pull.Epoch, pull.Sequence, place.Revision, true, next?.ToString() ?? "", items));
    }

    /// <summary>The stream of an agent this process has not served before, from the windows; null if they don't reach back that far.</summary>
    private NodeStream? Resume(PullChanges pull)
    {
        var stream = new NodeStream(pull.After);
        var changes = new List<ObjectChange>();
        for (var i = 0; i < _parts.Length; i++)
        {
            var (part, pods) = _parts[i];
            if (!pods && !pull.WithServices) continue;
            if (part.PositionAfter(pull.After) is not { } position) return null;
            changes.Clear();
            // Up to where the common reading stands: what comes behind is added by it.
            if (position < _positions[i] && !part.TryRead(position, (int)(_positions[i] - position), changes)) return null;
            foreach (var change in changes)
            {
                if (!pods || change.Object.Header.NodeName == pull.Node.Value) stream.Add(change);
            }
        }
        return stream;
    }

    private void StartReading()
    {
        _places.Clear();
        _complete = _cache.Revision;
        for (var i = 0; i < _parts.Length; i++) _positions[i] = _parts[i].Part.PositionAfter(_complete) ?? _parts[i].Part.Position;
    }

    private void ReadChanges()
    {
        Volatile.Write(ref _woken, 0);
        // Everything up to this revision is in the windows before the revision is shown.
        var revision = _cache.Revision;
        var concerned = new HashSet<Agent>();
        var changes = new List<ObjectChange>();
        for (var i = 0; i < _parts.Length; i++)
        {
            var (part, pods) = _parts[i];
            while (_positions[i] < part.Position)
            {
                changes.Clear();
                if (!part.TryRead(_positions[i], ReadAtOnce, changes))
                {
                    FallBehind();
                    return;
                }
                // What comes behind the revision may be in no snapshot yet, and is read when it is complete.
                var shown = changes.TakeWhile(change => change.Object.Revision <= revision).Count();
                _positions[i] += shown;
                for (var n = 0; n < shown; n++) Dispatch(changes[n], pods, concerned);
                if (shown < changes.Count) break;
            }
        }
        _complete = revision;
        foreach (var agent in concerned)
        {
            if (agent.Stream is { IsOverfull: true }) agent.Stream = null;
            if (agent.Held is not { } pull) continue;
            if (agent.Stream is null) AnswerSnapshot(agent, pull with { After = 0, Continue = "" });
            else Answer(agent, pull);
        }
    }

    private void Dispatch(ObjectChange change, bool pods, HashSet<Agent> concerned)
    {
        if (pods)
        {
            if (_agents.TryGetValue(change.Object.Header.NodeName, out var agent)) Add(agent, change, concerned);
            return;
        }
        if (NodePlace.IsNode(change.Object) && !Moved(change)) return;
        foreach (var agent in _agents.Values)
        {
            if (agent.WithServices) Add(agent, change, concerned);
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

    private static void Add(Agent agent, ObjectChange change, HashSet<Agent> concerned)
    {
        if (agent.Stream is not { } stream) return;
        stream.Add(change);
        concerned.Add(agent);
    }

    /// <summary>The windows have moved on without this reader: every agent gets a snapshot at its next pull.</summary>
    private void FallBehind()
    {
        StartReading();
        foreach (var agent in _agents.Values)
        {
            agent.Stream = null;
            if (agent.Held is { } pull) AnswerSnapshot(agent, pull with { After = 0, Continue = "" });
            agent.Held = null;
        }
    }

    private void SweepAgents()
    {
        ReadChanges();
        var now = _time.GetUtcNow();
        foreach (var (name, agent) in _agents)
        {
            if (agent.Held is { } pull && now - agent.LastPull >= NodeProtocol.LongPoll)
            {
                agent.Held = null;
                // A revision this journal has never reached is one of another history (a restored database): begin anew.
                if (pull.After > _complete) AnswerSnapshot(agent, pull with { After = 0, Continue = "" });
                else
                {
                    agent.Asker.Tell(new NodeChanges(pull.Node, pull.Epoch, pull.Sequence, _complete, false, "", ImmutableArray<NodeChange>.Empty));
                }
            }
            else if (now - agent.LastPull >= Forget) _agents.Remove(name);
        }
    }

    private sealed class Agent(bool withServices)
    {
        public bool WithServices => withServices;
        public NodeStream? Stream { get; set; }
        public PullChanges? Held { get; set; }
        public IActorRef Asker { get; set; } = ActorRefs.Nobody;
        public DateTimeOffset LastPull { get; set; }
    }

    private sealed class Committed
    {
        public static readonly Committed Instance = new();
    }

    private sealed class SweepDue
    {
        public static readonly SweepDue Instance = new();
    }
}
