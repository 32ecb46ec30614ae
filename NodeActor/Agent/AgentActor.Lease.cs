using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using NodeActor.Pods;
using Shared.Api;
using Shared.Protocol;

namespace NodeActor.Agent;

/// <summary>The lease, the fence that goes up without it, and what is noted of both.</summary>
public sealed partial class AgentActor
{
    private void Renew()
    {
        var sequence = ++_sequence;
        _lease = _lease.Sent(sequence, Now);
        Send(new RenewLease(_options.Node, Epoch, sequence, _parts.Proxy is null ? -1 : _progress.Reported(_follower.Position)));
        FenceLater();
    }

    private void OnRenewed(LeaseRenewed renewed)
    {
        if (renewed.Epoch != Epoch) return;
        _lease = _lease.Answered(renewed.Sequence, out var lostSome);
        FenceLater();
        SaveCheckpoint();
        if (renewed.WantsStatus) ReportStatus();
        if (_fence.IsUp && !_lease.IsLost(Now) && !_fence.IsComingDown)
        {
            // Its pods may have been given up and started elsewhere meanwhile: they run again when everything that is wanted here is known anew.
            _fence = _fence.ComeDown();
            _follower.Restart();
            Pull();
            return;
        }
        if (lostSome) AskAgain();
    }

    /// <summary>What was under way may have been lost, with the control plane it was asked of.</summary>
    private void AskAgain()
    {
        if (!_lease.IsRegistered) return;
        Pull();
        _reports.Renew();
        Flush();
    }

    private void FenceIfLost()
    {
        if (!_lease.IsLost(Now) || (_fence.IsUp && !_fence.IsComingDown)) return;
        _fence = _fence.GoUp();
        _log.Warning("Node {0} is fenced: no control plane has renewed its lease, which is over; {1} pods are stopped, the others keep running",
            _options.Node, _fence.Exclusive.Count);
        ShowFence();
    }

    private void Unfence()
    {
        _fence = _fence.Down();
        _log.Info("Node {0} holds its lease again", _options.Node);
        ShowFence();
        Note("Warning", "NodeFenced", $"Node {_options.Node} had lost its lease and holds it again");
    }

    private void ShowFence() => _supervisor.Tell(_fence.IsUp
        ? new FencePods(_fence.Exclusive, _fence.GraceLeft(_lease.HeldUntil, Now))
        : new FencePods(ImmutableDictionary<PodUid, ObjectKey>.Empty, _fence.Grace));

    private void FenceLater()
    {
        if (_lease.HeldUntil < TimeSpan.MaxValue) Timers.StartSingleTimer(FenceDue.Instance, FenceDue.Instance, Later(_lease.HeldUntil - Now));
    }

    private void SaveCheckpoint()
    {
        if (_checkpoints.IsNobody() || BootClock.BootId is not { } boot) return;
        _fence = _fence.Saving();
        var pods = _fence.Exclusive.Select(pod => ExclusivePod.Of(pod.Value, pod.Key)).ToImmutableArray();
        _checkpoints.Tell(new SaveCheckpoint(_fence.Sequence, new(boot, Epoch, _lease.HeldUntil, _fence.Grace, pods)));
    }
}
