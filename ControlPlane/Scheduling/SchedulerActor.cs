using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using ControlPlane.Journal;
using ControlPlane.Objects;
using ControlPlane.Storage.Binding;
using Shared.Api;

namespace ControlPlane.Scheduling;

/// <summary>
/// The scheduler: follows pods and nodes in the local watch cache, decides with <see cref="SchedulerState"/> and sends the binds. Meant to run
/// as a cluster singleton; a second one costs refused binds and nothing else, because a pod's actor binds it once. Holds nothing that a
/// restart could lose.
/// </summary>
public sealed class SchedulerActor : ReceiveActor, IWithTimers
{
    private static readonly GroupResource Pods = new("", "pods");
    private static readonly GroupResource Nodes = new("", "nodes");
    private static readonly GroupResource Namespaces = new("", "namespaces");
    private static readonly ImmutableArray<GroupResource> Storage = [StorageKeys.Classes, StorageKeys.Volumes, StorageKeys.Claims];
    private const int ChangesPerRead = 1024;

    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly WatchCache _cache;
    private readonly IActorRef _objects;
    private readonly Action<EventNote> _record;
    private readonly TimeProvider _clock;
    private readonly DateTimeOffset _began;
    private readonly long _beganAt;
    private readonly SchedulerOptions _options;
    private readonly Requester _by;
    private readonly List<ObjectChange> _changes = new(ChangesPerRead);
    private readonly IActorRef _conditions;
    private readonly SchedulerState _state;
    private readonly object _life = new();
    private readonly Dictionary<GroupResource, long> _readTo = [];
    private bool _stepping;
    private DateTimeOffset? _armed;

    /// <summary>Sent when objects of a resource have changed.</summary>
    private sealed record ResourceChanged(GroupResource Resource, object Life);

    /// <summary>Sent by the timer: something is due. A test may send it.</summary>
    internal sealed record Due
    {
        public static Due Instance { get; } = new();
    }

    private sealed record Step
    {
        public static Step Instance { get; } = new();
    }

    public SchedulerActor(WatchCache cache, IActorRef objects, Action<EventNote> record, TimeProvider clock, SchedulerOptions options, Placement placement)
    {
        (_cache, _objects, _record, _clock, _options) = (cache, objects, record, clock, options);
        (_began, _beganAt) = (clock.GetUtcNow(), clock.GetTimestamp());
        _by = Requester.Controller(options.SchedulerName);
        _state = new(options, placement);
        _conditions = Context.ActorOf(PodConditionWriter.Props(objects), "conditions");
        Receive<ResourceChanged>(moved => ReferenceEquals(moved.Life, _life), moved => Follow(moved.Resource));
        Receive<ResourceChanged>(_ => { }); // what an incarnation before a restart had asked for
        Receive<Step>(_ => Work());
        Receive<Due>(_ => WhenDue());
        Receive<ObjectAccepted>(accepted => accepted.Object.Key.GroupResource == StorageKeys.Claims, _ => { }); // the feed tells what becomes of it
        Receive<ObjectRejected>(rejected => rejected.Key.GroupResource == StorageKeys.Claims, OnSelectionRefused);
        Receive<ObjectAccepted>(accepted => OnAccepted(accepted.Object));
        Receive<ObjectRejected>(OnRejected);
        Receive<Status.Failure>(failure => throw new InvalidOperationException("The watch cache cannot be followed.", failure.Cause));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>What back-offs are counted by: it goes on evenly, however the clock is set meanwhile.</summary>
    private DateTimeOffset Now => _began + _clock.GetElapsedTime(_beganAt);

    /// <param name="cache">This process's watch cache.</param>
    /// <param name="objects">Where commands to objects go: the shard region.</param>
    /// <param name="record">Records an event; must not block.</param>
    /// <param name="clock">The time back-offs and timeouts are counted by.</param>
    /// <param name="options">Valid options.</param>
    /// <param name="placement">What decides; null: all predicates and priorities.</param>
    public static Props Props(WatchCache cache, IActorRef objects, Action<EventNote> record, TimeProvider clock, SchedulerOptions options, Placement? placement = null) =>
        Akka.Actor.Props.Create(() => new SchedulerActor(cache, objects, record, clock, options, placement ?? Placement.Default));

    protected override void PreStart()
    {
        Load();
        Follow(Namespaces);
        Follow(Nodes);
        foreach (var resource in Storage) Follow(resource);
        Follow(Pods);
    }

    /// <summary>Starts from all live objects and goes on with what was committed after them.</summary>
    private void Load()
    {
        var (namespaces, nodes, pods) = (Snapshot(Namespaces), Snapshot(Nodes), Snapshot(Pods));
        var storage = Storage.SelectMany(Snapshot).ToArray();
        _state.KeepOnly(
            pods.Select(pod => pod.Key).ToHashSet(), nodes.Select(node => node.Key.Name).ToHashSet(), namespaces.Select(found => found.Key.Name).ToHashSet(), storage.Select(found => found.Key).ToHashSet(), Now);
        foreach (var live in namespaces.Concat(nodes).Concat(storage).Concat(pods)) Take(live, deleted: false);
    }

    /// <summary>Takes note of a version of an object. One that cannot be understood is reported and left out: the others go on.</summary>
    private void Take(StoredObject found, bool deleted)
    {
        try
        {
            var now = Now;
            if (found.Key.GroupResource == Pods)
            {
                if (_state.PodChanged(found, deleted, now)) TellScheduled(found);
            }
            else if (found.Key.GroupResource == Nodes) _state.NodeChanged(found, deleted, now);
            else if (found.Key.GroupResource == Namespaces) _state.NamespaceChanged(found, deleted, now);
            else _state.StorageChanged(found, deleted, now);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            _log.Error(fault, "The scheduler cannot take note of {0} at revision {1}.", found.Key, found.Revision);
        }
    }

    private ImmutableSortedSet<StoredObject> Snapshot(GroupResource resource)
    {
        var part = _cache.Of(resource);
        while (true)
        {
            var snapshot = part.Snapshot;
            // Null only if a whole window of changes came between the two lines.
            if (part.PositionAfter(snapshot.Revision) is not { } after) continue;
            _readTo[resource] = after;
            return snapshot.Objects;
        }
    }

    private void Follow(GroupResource resource)
    {
        var part = _cache.Of(resource);
        // Taken before the changes are read: what comes later completes it.
        var changed = part.Changed;

        // What a pod's claims have come to is known before the pod: it need not be tried in vain.
        if (resource == Pods)
        {
            foreach (var early in Storage)
            {
                while (Read(_cache.Of(early))) { }
            }
        }
        while (Read(part)) { }
        changed.PipeTo(Self, success: () => new ResourceChanged(resource, _life));
        Continue();
    }

    private bool Read(ResourceCache part)
    {
        _changes.Clear();
        if (!part.TryRead(_readTo[part.Resource], ChangesPerRead, _changes))
        {
            _log.Info("The scheduler fell behind the changes of {0} and starts over from the live objects.", part.Resource);
            Load();
            return true;
        }
        foreach (var change in _changes) Take(change.Object, change.Deleted);
        _readTo[part.Resource] += _changes.Count;
        return _changes.Count == ChangesPerRead;
    }

    private void Work()
    {
        _stepping = false;
        var now = Now;
        for (var i = 0; i < _options.PodsPerStep && _state.Next(now) is { } step; i++)
        {
            if (step.Fault is { } fault) _log.Error(fault, "No node could be looked for: pod {0} waits and is tried again.", step.Pod.Key);
            else if (step is { Claims.IsDefaultOrEmpty: false, Node: { } selected }) Select(step.Claims, selected);
            else if (step.Node is { } node) _objects.Tell(new BindPod(step.Pod.Key, new(step.Pod.Uid), new(node), _by), Self);
            else TellUnschedulable(step, _clock.GetUtcNow());
        }
        Continue();
    }

    private void WhenDue()
    {
        _armed = null;
        var now = Now;
        foreach (var lost in _state.ExpireBinds(now)) _log.Warning("The bind of pod {0} was not answered in time.", lost);
        _state.Queue.Ripen(now);
        Continue();
    }

    private void OnAccepted(StoredObject pod)
    {
        if (_state.BindAccepted(pod, Now)) TellScheduled(pod);
        Continue();
    }

    private void OnRejected(ObjectRejected rejected)
    {
        _log.Debug("Pod {0} was not bound: {1}", rejected.Key, rejected.Status.Message);
        _state.BindRefused(rejected.Key, Now);
        Continue();
    }

    /// <summary>Tells claims of the node their pod is placed on. One that knows it already is asked for nothing.</summary>
    private void Select(ImmutableArray<ClaimState> claims, string node)
    {
        foreach (var claim in claims.Where(claim => claim.SelectedNode.Length == 0))
        {
            _objects.Tell(new PatchObject(claim.Key, new SelectNodePatch(node, ""), "", _by) { Preconditions = new(claim.Uid) }, Self);
        }
    }

    private void OnSelectionRefused(ObjectRejected rejected)
    {
        _log.Debug("Claim {0} did not take the node of its pod: {1}", rejected.Key, rejected.Status.Message);
        _state.SelectionRefused(rejected.Key, Now);
        Continue();
    }

    private void TellUnschedulable(SchedulingStep step, DateTimeOffset now)
    {
        Tell(step.Pod.Key, step.Pod.Uid, "Warning", "FailedScheduling", step.Failure);
        _conditions.Tell(PodConditionWriter.Unschedulable(step.Pod, step.Failure, _by, now));
    }

    private void TellScheduled(StoredObject pod) =>
        Tell(pod.Key, pod.Uid, "Normal", "Scheduled", $"Successfully assigned {pod.Key.Namespace}/{pod.Key.Name} to {pod.Header.NodeName}");

    private void Tell(ObjectKey pod, string uid, string type, string reason, string message) =>
        _record(new(new("v1", "Pod", pod.Namespace, pod.Name, uid), type, reason, message, _options.SchedulerName));

    /// <summary>Goes on at once if a pod can be tried, and sees to it that what is due later is not forgotten.</summary>
    private void Continue()
    {
        if (!_stepping && _state.HasWork)
        {
            _stepping = true;
            Self.Tell(Step.Instance);
        }
        if (_state.NextDue is not { } due || _armed <= due) return;
        _armed = due;
        var delay = due - Now;
        Timers.StartSingleTimer("due", Due.Instance, delay > TimeSpan.Zero ? delay : TimeSpan.Zero);
    }
}
