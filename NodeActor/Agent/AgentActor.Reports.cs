using System.Text.Json.Nodes;
using Akka.Actor;
using NodeActor.Pods;
using Shared.Protocol;

namespace NodeActor.Agent;

/// <summary>What goes up: how the node is, how its pods are, who waits to stop one, and events.</summary>
public sealed partial class AgentActor
{
    private const int MostEvents = 1000;
    private const int EventsAtOnce = 100;
    private static readonly TimeSpan FlushAfter = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan EventsAfter = TimeSpan.FromMilliseconds(200);

    private void ReportStatus()
    {
        _statusDue = Now + _options.StatusEvery;
        Send(new ReportNodeStatus(_options.Node, Epoch, Utf8((JsonObject)_node["status"]!)));
    }

    private void FlushSoon(TimeSpan delay)
    {
        // One timer for what is urgent and one for what is not: the second must not hold up the first.
        object timer = delay;
        if (!Timers.IsTimerActive(timer)) Timers.StartSingleTimer(timer, FlushDue.Instance, delay);
    }

    private void Flush()
    {
        if (!_lease.IsRegistered) return;
        foreach (var report in _reports.Due(Epoch, Now)) Send(report);
        foreach (var (volume, removed) in _volumes.Due(Now))
        {
            if (removed) Send(new ConfirmVolumeRemoved(_options.Node, Epoch, volume.Key, volume.Uid));
            else _supervisor.Tell(new RemoveVolume(volume.Key, volume.Uid));
        }
        foreach (var (pod, uid, need) in _tokens.Due(Now)) Send(new AskToken(_options.Node, Epoch, pod, uid, need.Audience, need.Seconds));
        foreach (var (uid, (pod, due)) in _drains)
        {
            if (due > Now) continue;
            _drains[uid] = (pod, Now + _options.RepeatAfter);
            Send(new AwaitDrained(_options.Node, Epoch, pod, uid));
        }
        for (var i = 0; i < _events.Count; i += EventsAtOnce)
        {
            Send(new RecordEvents(_options.Node, Epoch, [.. _events.Skip(i).Take(EventsAtOnce)]));
        }
        _events.Clear();
    }

    private void Note(NodeEvent told)
    {
        // The newest are worth most; nothing waits for an event.
        if (_events.Count >= MostEvents) _events.RemoveAt(0);
        _events.Add(told);
        FlushSoon(EventsAfter);
    }

    private void Note(string type, string reason, string message) =>
        Note(new NodeEvent("Node", "", _options.Node.Value, _uid, "", type, reason, message));
}
