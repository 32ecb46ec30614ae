using System.Collections.Immutable;
using System.Text.Json;
using Akka.Actor;
using Akka.Event;
using NodeActor.Networking;
using NodeActor.Pods.Machine;
using NodeActor.Runtime;
using Shared.Api;
using Shared.Json;

namespace NodeActor.Pods;

/// <summary>
/// Runs this node's pods, one actor per pod uid. See <see cref="IPodMessage"/> for what it understands and tells. It hands each pod what the
/// runtime says of it, and after the first <see cref="PodsSynced"/> gives every sandbox that nobody desires an actor that removes it.
/// </summary>
public sealed partial class PodSupervisor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(300);

    private readonly IActorRef _agent;
    private readonly IPodRuntime _runtime;
    private readonly PodNodeOptions _options;
    private readonly TimeProvider _clock;
    private readonly PodOperations _operations;
    private readonly LogRotation _logs;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly CancellationTokenSource _ended = new();
    private readonly Dictionary<PodUid, SupervisedPod> _pods = [];
    private readonly HashSet<ObjectKey> _removing = [];
    private HostProfile _node = new([], ImmutableDictionary<string, string>.Empty);
    private FencePods _fence = new(ImmutableDictionary<PodUid, ObjectKey>.Empty, TimeSpan.Zero);
    private PodObjects _objects = PodObjects.None;
    private bool _synced;
    private bool _listing;
    private bool _looking;
    private string? _trouble;

    public PodSupervisor(IActorRef agent, IPodRuntime runtime, PodNodeOptions options, TimeProvider clock)
    {
        (_agent, _runtime, _options, _clock) = (agent, runtime, options, clock);
        _operations = new(runtime, options, clock);
        _logs = new(runtime, options, clock);
        FromAgent();
        FromPods();
        FromRuntime();
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>A supervisor that tells <paramref name="agent"/> about its pods and runs them on <paramref name="runtime"/>.</summary>
    public static Props Props(IActorRef agent, IPodRuntime runtime, PodNodeOptions options, TimeProvider clock) =>
        Akka.Actor.Props.Create(() => new PodSupervisor(agent, runtime, options, clock));

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(error =>
    {
        _log.Error(error, "A pod's actor failed; it is made anew from the desired pod and what the runtime has.");
        return Directive.Stop;
    });

    protected override void PreStart()
    {
        Follow();
        Task.Run(() => WarmUp.Run(_clock)).PipeTo(Self, success: () => Warm.Instance, failure: _ => Warm.Instance);
        Timers.StartPeriodicTimer("relist", Relist.Instance, _options.RelistEvery);
    }

    protected override void PostStop()
    {
        _ended.Cancel();
        _ended.Dispose();
        _operations.Dispose();
    }

    private void FromAgent()
    {
        Receive<DesiredPod>(desired =>
        {
            Desire(EntryOf(desired.Pod, desired.Uid), desired);
            ShowObjects(desired.Uid);
        });
        Receive<PodGone>(gone => Vanish(gone.Pod, gone.Uid));
        Receive<PodsSynced>(synced =>
        {
            _synced = true;
            foreach (var (uid, entry) in _pods.ToArray())
            {
                if (!synced.Pods.Contains(uid)) Vanish(entry.Pod, uid);
            }
            List();
        });
        Receive<DrainedPod>(drained => Tell(drained.Uid, new DrainConfirmed()));
        Receive<PodObjects>(objects =>
        {
            _objects = objects;
            foreach (var uid in _pods.Keys.ToArray()) ShowObjects(uid);
        });
        Receive<FencePods>(fence =>
        {
            var before = _fence;
            _fence = fence;
            foreach (var uid in before.Pods.Keys.Where(uid => !fence.Pods.ContainsKey(uid))) Tell(uid, new FenceChanged(false, fence.Grace));
            foreach (var (uid, pod) in fence.Pods.Where(pod => !before.Pods.ContainsKey(pod.Key)))
            {
                // Made anew it learns of the fence by itself.
                if (_pods.TryGetValue(uid, out var entry)) entry.Actor.Tell(new FenceChanged(true, fence.Grace));
                else EntryOf(pod, uid);
            }
        });
        Receive<RemoveVolume>(Remove);
        Receive<RemovalEnded>(ended =>
        {
            _removing.Remove(ended.Of.Volume);
            if (ended.Error is null) _agent.Tell(new VolumeRemoved(ended.Of.Volume, ended.Of.Uid));
            else _log.Warning("The directory of volume {0} is not removed yet: {1}", ended.Of.Volume.Name, ended.Error);
        });
        Receive<TokenOfPod>(told =>
        {
            if (!_pods.TryGetValue(told.Uid, out var entry)) return;
            var key = told.Need.Key(told.Uid);
            var held = new FollowedObject(key, (entry.Tokens.GetValueOrDefault(key)?.Revision ?? 0) + 1, new HeldToken(told.Token, told.Fault).Json());
            _pods[told.Uid] = entry with { Tokens = entry.Tokens.SetItem(key, held) };
            ShowObjects(told.Uid);
        });
        ReceiveUsage();
        Receive<HostProfile>(node =>
        {
            _node = node;
            LookAtRuntime();
            foreach (var entry in _pods.Values) entry.Actor.Tell(new HostProfileChanged(node.HostIPs, node.Allocatable));
        });
    }

    private void FromPods()
    {
        Receive<PodEnded>(ended =>
        {
            // Desired again meanwhile, it goes on.
            if (!_pods.TryGetValue(ended.Uid, out var entry) || !entry.Actor.Equals(Sender) || entry.Desired is not null) return;
            _pods.Remove(ended.Uid);
            Context.Unwatch(entry.Actor);
            Context.Stop(entry.Actor);
        });
        Receive<Terminated>(ended =>
        {
            if (Uid(ended.ActorRef) is not { } uid || !_pods.Remove(uid, out var entry)) return;
            Timers.StartSingleTimer(uid, new Revive(entry.Pod, uid, entry.Desired), Again);
        });
        Receive<Revive>(revive =>
        {
            // A pod without a desired version is an orphan, which the next listing finds again if anything is left of it.
            if (revive.Desired is { } desired && !_pods.ContainsKey(revive.Uid)) Self.Tell(desired);
        });
        Receive<IPodMessage>(told => _agent.Tell(told));
    }

    private void FromRuntime()
    {
        Receive<ExitHinted>(hint =>
        {
            foreach (var entry in _pods.Values) entry.Actor.Tell(hint);
        });
        Receive<ExitsEnded>(ended =>
        {
            _log.Warning("The runtime's exits are not heard any more ({0}); listening again.", ended.Why);
            Timers.StartSingleTimer("follow", FollowAgain.Instance, Again);
            LookAtRuntime();
        });
        Receive<FollowAgain>(_ =>
        {
            Follow();
            List();
        });
        Receive<Warm>(_ => _log.Debug("Warmed up."));
        Receive<Relist>(_ =>
        {
            List();
            LookAtRuntime();
        });
        Receive<LookDue>(_ => LookAtRuntime());
        Receive<Looked>(looked =>
        {
            _looking = false;
            if (_trouble != looked.Trouble) _agent.Tell(new RuntimeTrouble(looked.Trouble));
            _trouble = looked.Trouble;
            if (_trouble.Length > 0) Timers.StartSingleTimer("look", LookDue.Instance, LookAgain);
        });
        Receive<Listed>(Compare);
        Receive<ListFailed>(failed =>
        {
            _listing = false;
            _log.Warning("The runtime can not be listed: {0}", failed.Why);
        });
        Receive<LogsRotated>(rotated =>
        {
            if (rotated.Error.Length > 0) _log.Warning("Container logs can not be rotated: {0}", rotated.Error);
        });
    }

    private void Compare(Listed listed)
    {
        _listing = false;
        foreach (var (uid, entry) in _pods) entry.Actor.Tell(new Relisted(listed.Pods.GetValueOrDefault(uid, RuntimePod.Empty)));
        if (_synced)
        {
            foreach (var (uid, pod) in listed.Pods.Where(one => !_pods.ContainsKey(one.Key)))
            {
                var name = pod.Sandboxes.Select(one => new ObjectKey("", "pods", one.Namespace, one.Name)).FirstOrDefault(new ObjectKey("", "pods", "", uid.Value));
                _log.Info("Removing what is left of pod {0} ({1}), which nobody desires.", name, uid);
                Vanish(name, uid);
            }
        }
        _logs.RotateAsync(listed.Pods, _ended.Token)
            .PipeTo(Self, success: () => new LogsRotated(""), failure: error => new LogsRotated(error.Message));
    }

    private void Vanish(ObjectKey pod, PodUid uid)
    {
        var entry = EntryOf(pod, uid);
        _pods[uid] = entry with { Desired = null };
        entry.Actor.Tell(new Vanished());
    }

    private void Desire(SupervisedPod entry, DesiredPod desired)
    {
        try
        {
            var definition = PodDefinition.Parse(desired.Json);
            _pods[desired.Uid] = entry with { Desired = desired, Uses = definition.References.All, Needs = definition.Deleting ? [] : TokenNeed.All(definition.Spec) };
            entry.Actor.Tell(new DesiredChanged(definition));
        }
        catch (FormatException error)
        {
            _pods[desired.Uid] = entry with { Desired = desired };
            _log.Error("Pod {0} can not be read: {1}", desired.Pod, error.Message);
        }
    }

    /// <summary>Tells a pod what it uses, once all of that is known and when it changed.</summary>
    private void ShowObjects(PodUid uid)
    {
        var entry = _pods[uid];
        if (entry.Desired is not { } desired || entry.Uses.IsEmpty) return;
        var waits = false;
        foreach (var need in entry.Needs.Where(need => !entry.Tokens.ContainsKey(need.Key(uid))))
        {
            waits = true;
            _agent.Tell(new PodNeedsToken(entry.Pod, uid, need));
        }
        if (waits || _objects.Complete < desired.Revision) return;
        var shown = entry.Uses.Concat(entry.Uses.Select(VolumeOf).OfType<ObjectKey>()).ToImmutableDictionary(key => key, key => TokenNeed.IsKey(key) ? entry.Tokens.GetValueOrDefault(key) : _objects.Objects.GetValueOrDefault(key));
        if (entry.Shown is { } before && before.Count == shown.Count && shown.All(one => before.TryGetValue(one.Key, out var known) && known?.Revision == one.Value?.Revision)) return;
        _pods[uid] = entry with { Shown = shown };
        entry.Actor.Tell(new ObjectsKnown(shown.ToImmutableDictionary(one => one.Key, one => new HeldObject(one.Value?.Json))));
    }

    /// <summary>The volume that a claim names; null for anything else.</summary>
    private ObjectKey? VolumeOf(ObjectKey key)
    {
        if (key.Resource != "persistentvolumeclaims" || _objects.Objects.GetValueOrDefault(key) is not { } claim) return null;
        using var document = JsonDocument.Parse(claim.Json, ObjectLimits.Document);
        return document.RootElement.Text("spec", "volumeName") is { Length: > 0 } name ? new("", "persistentvolumes", "", name) : null;
    }

    private void Remove(RemoveVolume remove)
    {
        if (!_removing.Add(remove.Volume)) return;
        _operations.RemoveVolumeAsync(remove.Volume.Name, _ended.Token).PipeTo(
            Self, success: () => new RemovalEnded(remove, null), failure: error => new RemovalEnded(remove, error.Message));
    }

    private SupervisedPod EntryOf(ObjectKey pod, PodUid uid)
    {
        if (_pods.TryGetValue(uid, out var known)) return known;
        var actor = Context.Watch(Context.ActorOf(PodActor.Props(pod, uid, _operations, _clock)));
        actor.Tell(new HostProfileChanged(_node.HostIPs, _node.Allocatable));
        if (_fence.Pods.ContainsKey(uid)) actor.Tell(new FenceChanged(true, _fence.Grace));
        return _pods[uid] = new(pod, actor, null);
    }

    private void Tell(PodUid uid, PodFact fact)
    {
        if (_pods.TryGetValue(uid, out var entry)) entry.Actor.Tell(fact);
    }

    private PodUid? Uid(IActorRef actor)
    {
        foreach (var (uid, entry) in _pods)
        {
            if (entry.Actor.Equals(actor)) return uid;
        }
        return null;
    }

    private void List()
    {
        if (_listing) return;
        _listing = true;
        _runtime.ListAsync(_ended.Token).PipeTo(Self, success: pods => new Listed(pods), failure: error => new ListFailed(error.Message));
    }

    /// <summary>Asks the runtime how it is. Before the node has its network, it can only answer that it lacks one.</summary>
    private void LookAtRuntime()
    {
        if (_looking || _node.HostIPs.IsEmpty) return;
        _looking = true;
        _runtime.TroubleAsync(_ended.Token).PipeTo(Self, success: trouble => new Looked(trouble), failure: error => new Looked($"container runtime is down: {error.Message}"));
    }

    private void Follow()
    {
        var self = Self;
        FollowAsync(self).PipeTo(Self, success: () => new ExitsEnded("the stream ended"), failure: error => new ExitsEnded(error.Message));
    }

    private async Task FollowAsync(IActorRef self)
    {
        await foreach (var id in _runtime.ExitsAsync(_ended.Token)) self.Tell(new ExitHinted(id));
    }

    private sealed record Listed(ImmutableDictionary<PodUid, RuntimePod> Pods);

    private sealed record Looked(string Trouble);

    private sealed record LookDue
    {
        public static LookDue Instance { get; } = new();
    }

    private sealed record RemovalEnded(RemoveVolume Of, string? Error);

    private sealed record ListFailed(string Why);

    private sealed record ExitsEnded(string Why);

    private sealed record LogsRotated(string Error);

    private sealed record Revive(ObjectKey Pod, PodUid Uid, DesiredPod? Desired);

    private sealed record FollowAgain
    {
        public static FollowAgain Instance { get; } = new();
    }

    private sealed record Warm
    {
        public static Warm Instance { get; } = new();
    }

    private sealed record Relist
    {
        public static Relist Instance { get; } = new();
    }
}

/// <summary>A pod's actor, and what it was last told.</summary>
/// <param name="Desired">The version of the pod; null when the object is gone.</param>
internal sealed record SupervisedPod(ObjectKey Pod, IActorRef Actor, DesiredPod? Desired)
{
    /// <summary>The ConfigMaps and Secrets that version uses.</summary>
    public ImmutableArray<ObjectKey> Uses { get; init; } = [];

    /// <summary>The tokens its volumes show.</summary>
    public ImmutableArray<TokenNeed> Needs { get; init; } = [];

    /// <summary>Those it has, or why it has them not, each under its key.</summary>
    public ImmutableDictionary<ObjectKey, FollowedObject> Tokens { get; init; } = ImmutableDictionary<ObjectKey, FollowedObject>.Empty;

    /// <summary>What that version uses as it was last shown; null before any.</summary>
    public ImmutableDictionary<ObjectKey, FollowedObject?>? Shown { get; init; }
}
