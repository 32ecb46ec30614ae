using System.Text.Json;
using System.Text.Json.Nodes;
using Akka.Actor;
using NodeActor.Pods;
using Shared.Api;
using Shared.Json;
using Shared.Protocol;

namespace NodeActor.Hollow;

/// <summary>
/// Runs the pods of one simulated node, in place of the real supervisor: containers start and stop at once, and pods of Jobs succeed after a second. All pods of a node are
/// in this one actor, so that a process can host thousands of nodes.
/// </summary>
public sealed class HollowPodsActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan JobTime = TimeSpan.FromSeconds(1);
    private readonly IActorRef _agent;
    private readonly HollowAddresses _addresses;
    private readonly TimeProvider _time;
    private readonly Dictionary<PodUid, HollowPod> _pods = [];
    private string _hostIp = "";

    public HollowPodsActor(IActorRef agent, HollowAddresses addresses, TimeProvider time)
    {
        (_agent, _addresses, _time) = (agent, addresses, time);
        Receive<HostProfile>(facts => _hostIp = facts.HostIPs.FirstOrDefault() ?? "");
        Receive<DesiredPod>(Run);
        Receive<PodGone>(gone => Remove(gone.Uid));
        Receive<PodsSynced>(synced =>
        {
            foreach (var uid in _pods.Keys.Where(uid => !synced.Pods.Contains(uid)).ToArray()) Remove(uid);
        });
        Receive<FencePods>(Fence);
        // There are no directories.
        Receive<RemoveVolume>(remove => _agent.Tell(new VolumeRemoved(remove.Volume, remove.Uid)));
        Receive<Ended>(ended => Move(ended.Uid, HollowPhase.Succeeded));

        Receive<SampleUsage>(sample =>
        {
            var now = _time.GetUtcNow();
            _agent.Tell(new PodsUsed([.. _pods.Values.Where(pod => pod.Phase == HollowPhase.Running).Select(pod => HollowUse.Of(pod, now, sample.Every)).OfType<PodUse>()]));
        });

        // Nothing here waits for a drain or reads objects.
        Receive<IPodMessage>(_ => { });
    }

    public static Props Props(IActorRef agent, HollowAddresses addresses, TimeProvider time) =>
        Akka.Actor.Props.Create(() => new HollowPodsActor(agent, addresses, time));

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    private void Run(DesiredPod desired)
    {
        var tree = (JsonObject)ObjectLimits.Parse(desired.Json.Span)!;
        var known = _pods.TryGetValue(desired.Uid, out var pod);
        if (!known)
        {
            // Its own report of an earlier life: a pod that has ended does not start again.
            var ended = tree.Text("status", "phase") is "Succeeded" or "Failed";
            var hostNetwork = tree.Flag("spec", "hostNetwork") == true;
            pod = new(desired.Pod, desired.Uid, tree, ended ? HollowPhase.Succeeded : HollowPhase.Running, _time.GetUtcNow(), ended ? "" : hostNetwork ? _hostIp : _addresses.Take());
        }
        var fault = HollowUse.Of(tree).Fault;
        if (fault.Length > 0 && (!known || HollowUse.Of(pod!.Desired).Fault != fault)) Tell(pod!, "", "Warning", "InvalidUsage", fault);
        pod = pod! with { Desired = tree };
        _pods[desired.Uid] = pod;
        if (pod.IsDeleting)
        {
            Timers.Cancel(desired.Uid);
            _agent.Tell(new PodStopped(desired.Pod, desired.Uid));
        }
        else if (!known && pod.Phase == HollowPhase.Running)
        {
            Report(pod);
            foreach (var container in tree.Objects("spec", "containers")) Started(pod, container.Text("name"));
            if (pod.Ends) Timers.StartSingleTimer(desired.Uid, new Ended(desired.Uid), JobTime);
        }
    }

    private void Remove(PodUid uid)
    {
        if (!_pods.Remove(uid, out var pod)) return;
        Timers.Cancel(uid);
        _addresses.Return(pod.Address);
        _agent.Tell(new PodStopped(pod.Key, uid));
    }

    private void Fence(FencePods fence)
    {
        foreach (var (uid, pod) in _pods)
        {
            if (pod.Phase == HollowPhase.Running && fence.Pods.ContainsKey(uid)) Move(uid, HollowPhase.Fenced);
            else if (pod.Phase == HollowPhase.Fenced && !fence.Pods.ContainsKey(uid)) Move(uid, HollowPhase.Running);
        }
    }

    private void Move(PodUid uid, HollowPhase phase)
    {
        if (!_pods.TryGetValue(uid, out var pod) || pod.Phase == phase) return;
        _pods[uid] = pod = pod with { Phase = phase };
        Report(pod);
    }

    private void Report(HollowPod pod) =>
        _agent.Tell(new PodStatusChanged(pod.Key, pod.Uid, JsonSerializer.SerializeToUtf8Bytes(pod.Status(_hostIp, _time.GetUtcNow()))));

    private void Started(HollowPod pod, string container) => Tell(pod, $"spec.containers{{{container}}}", "Normal", "Started", $"Started container {container}");

    private void Tell(HollowPod pod, string field, string type, string reason, string message) =>
        _agent.Tell(new PodEvent(new NodeEvent("Pod", pod.Key.Namespace, pod.Key.Name, pod.Uid.Value, field, type, reason, message)));

    private sealed record Ended(PodUid Uid);
}
