using System.Collections.Immutable;
using Akka.Actor;
using NodeActor.Networking;
using NodeActor.Pods;
using Shared.Api;
using Shared.Protocol;

namespace NodeActor.Agent;

/// <summary>The side towards the pods: what is bound here goes down, what became of it goes up.</summary>
public sealed partial class AgentActor
{
    private void ReceivePods()
    {
        Receive<PodStatusChanged>(changed =>
        {
            _reports.StatusChanged(changed.Pod, changed.Uid, changed.StatusJson);
            FlushSoon(FlushAfter);
        });
        Receive<PodStopped>(stopped =>
        {
            // Of a pod that is gone for the control plane there is nothing left to confirm.
            if (!_pods.TryGetValue(stopped.Pod, out var pod) || pod.Uid != stopped.Uid) return;
            _reports.Stopped(stopped.Pod, stopped.Uid);
            FlushSoon(FlushAfter);
        });
        Receive<PodAwaitsDrain>(awaits =>
        {
            _drains[awaits.Uid] = (awaits.Pod, TimeSpan.Zero);
            Flush();
        });
        Receive<PodNeedsToken>(needs =>
        {
            if (_pods.TryGetValue(needs.Pod, out var pod) && pod.Uid == needs.Uid && _tokens.Need(needs.Pod, needs.Uid, needs.Need)) Flush();
        });
        Receive<PodEvent>(told => Note(told.Event));
        Receive<VolumeRemoved>(removed =>
        {
            _volumes.Removed(removed.Volume, removed.Uid);
            FlushSoon(FlushAfter);
        });
    }

    private void OnToken(PodToken answer)
    {
        var need = new TokenNeed(answer.Audience, answer.Seconds);
        if (answer.Epoch != Epoch || !_tokens.Answered(answer.Uid, need, answer.Refusal is null, Now)) return;
        _supervisor.Tell(new TokenOfPod(answer.Uid, need, answer.Token, answer.Refusal?.Message ?? ""));
    }

    private void Pull()
    {
        _pull = ++_sequence;
        _pullDue = Now + PullPatience;
        Send(new PullChanges(_options.Node, Epoch, _pull, _follower.After, _follower.Continue, _parts.Proxy is not null));
    }

    private void OnChanges(NodeChanges changes)
    {
        if (changes.Epoch != Epoch || changes.Sequence != _pull) return;
        var applied = _follower.Apply(changes);
        foreach (var gone in applied.Gone) Gone(gone);
        foreach (var updated in applied.Updated) Updated(updated);
        if (applied.Synced) Synced();
        LookAtVolumes(applied);
        ShowObjects(applied);
        if (applied.Synced || applied.Updated.Concat(applied.Gone).Any(IsNetwork)) ShowNetwork();
        Pull();
    }

    /// <summary>Keeps note of the volumes whose directories are to go, by what the control plane has told of each.</summary>
    private void LookAtVolumes(FollowedChanges applied)
    {
        foreach (var gone in applied.Gone.Where(IsVolume)) _volumes.Forget(gone.Key);
        foreach (var updated in applied.Updated.Where(IsVolume)) _volumes.Told(updated);
        if (_volumes.Any) FlushSoon(FlushAfter);
    }

    /// <summary>Tells what pods use, when it changed or when more is known of it than some pod waits for.</summary>
    private void ShowObjects(FollowedChanges applied)
    {
        var objects = _objects
            .RemoveRange(applied.Gone.Where(IsUsed).Select(gone => gone.Key))
            .SetItems(applied.Updated.Where(IsUsed).Select(updated => KeyValuePair.Create(updated.Key, updated)));
        var isNews = objects != _objects || applied.Synced || _objectsShownAt < _newestPod;
        _objects = objects;
        // While a first snapshot is under way, what is not there may only not have come yet.
        if (!isNews || _follower.Position == 0) return;
        _objectsShownAt = _follower.Position;
        _supervisor.Tell(new PodObjects(_objects, _follower.Position));
    }

    private void Updated(FollowedObject updated)
    {
        if (!IsPod(updated)) return;
        var pod = ReportedPod.Read(updated.Json);
        if (_pods.TryGetValue(updated.Key, out var known) && known.Uid != pod.Uid) Forget(updated.Key, known.Uid);
        _pods[updated.Key] = pod;
        if (pod.MustNotRunTwice && !_fence.Exclusive.ContainsKey(pod.Uid))
        {
            _fence = _fence.Add(pod.Uid, updated.Key, saves: !_checkpoints.IsNobody());
            SaveCheckpoint();
            if (_fence.IsUp) ShowFence();
        }
        if (!_fence.Unsaved.ContainsKey(pod.Uid)) _supervisor.Tell(new DesiredPod(updated.Key, pod.Uid, updated.Json, updated.Revision));
        if (updated.Revision > _newestPod) _newestPod = updated.Revision;
        if (_reports.LatestOf(pod.Uid) is { } latest && ReportedPod.ReadStatus(latest) != (pod.Phase, pod.Ready)) _reports.Contradicted(pod.Uid, Now);
    }

    private void Synced()
    {
        var pods = _pods.Values.Select(pod => pod.Uid).ToImmutableHashSet();
        _fence = _fence.Keep(pods.Contains);
        SaveCheckpoint();
        _supervisor.Tell(new PodsSynced(pods));
        if (_fence.IsComingDown) Unfence();
    }

    /// <summary>Hands down the pods that waited for a checkpoint.</summary>
    private void StartPods((AgentFence Fence, ImmutableArray<PodUid> Pods) saved)
    {
        _fence = saved.Fence;
        foreach (var uid in saved.Pods)
        {
            if (_fence.Exclusive.TryGetValue(uid, out var key) && _follower.Objects.TryGetValue(key, out var pod)) _supervisor.Tell(new DesiredPod(key, uid, pod.Json, pod.Revision));
        }
    }

    private void Gone(FollowedObject gone)
    {
        if (IsPod(gone) && _pods.Remove(gone.Key, out var pod)) Forget(gone.Key, pod.Uid);
    }

    private void Forget(ObjectKey key, PodUid uid)
    {
        _reports.Forget(uid);
        _drains.Remove(uid);
        _tokens.Forget(uid);
        _fence = _fence.Remove(uid);
        _supervisor.Tell(new PodGone(key, uid));
    }

    private static bool IsPod(FollowedObject followed) => followed.Key is { Group: "", Resource: "pods" };

    private static bool IsUsed(FollowedObject followed) => followed.Key is { Group: "", Resource: "configmaps" or "secrets" or "persistentvolumeclaims" } || IsVolume(followed);

    private static bool IsVolume(FollowedObject followed) => followed.Key is { Group: "", Resource: "persistentvolumes" };

    private static bool IsNetwork(FollowedObject followed) => !IsPod(followed) && !IsUsed(followed);

    private void ShowNetwork()
    {
        // Before the first snapshot is complete a view would take away what is programmed from before.
        if (_parts.Proxy is null || _follower.Position == 0) return;
        var services = Of("services");
        _parts.Services?.Show(services);
        _progress = _progress.Want(_follower.Position);
        _proxy.Tell(new ShowNetwork(new(_options.Node, _follower.Position, _network, services, Of("endpointslices"), Of("nodes"))));
    }

    private ImmutableArray<FollowedObject> Of(string resource) => [.. _follower.Objects.Values.Where(followed => followed.Key.Resource == resource)];

    private void OnNetworkShown(NetworkShown shown)
    {
        _progress = _progress.Show(shown.Revision);

        // Somebody may wait for exactly this before a pod is stopped.
        if (_lease.IsRegistered) Renew();
    }
}
