using Akka.Event;
using NodeActor.Agent.Health;
using NodeActor.Networking;
using NodeActor.Pods;

namespace NodeActor.Agent;

/// <summary>How the node is: what its runtime says at once, what its kernel says every few seconds. A change goes up at once.</summary>
public sealed partial class AgentActor
{
    private const int StatusRepeats = 2;
    private static readonly TimeSpan FiguresEvery = TimeSpan.FromSeconds(10);

    private NodeHealth _health = NodeHealth.Well;
    private TimeSpan _figuresDue;
    private int _repeats;

    private void ReceiveHealth()
    {
        Receive<RuntimeTrouble>(told => SetHealth(_health with { RuntimeTrouble = told.Why }));
        Receive<NetworkReport>(report =>
        {
            if (report == _health.Network) return;
            if (report.Rules.Length > 0) Note("Warning", "ServiceRulesFailed", report.Rules);
            if (report.Routes.Length > 0) Note("Warning", "RouteFailed", report.Routes);
            if (report.Skipped.Length > 0) Note("Warning", "EndpointsSkipped", report.Skipped);
            if (report == NetworkReport.Well) Note("Normal", "NetworkProgrammed", $"Node {_options.Node} has programmed all services and routes");
            SetHealth(_health with { Network = report });
        });
    }

    private void LookAtMachine()
    {
        if (_parts.Figures is not { } read || Now < _figuresDue) return;
        _figuresDue = Now + FiguresEvery;
        try
        {
            SetHealth(_health.After(read()));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or FormatException)
        {
            _log.Warning("Node {0} does not know what its machine has left: {1}", _options.Node, error.Message);
        }
    }

    private void SetHealth(NodeHealth health)
    {
        if (health == _health) return;
        if (health.RuntimeTrouble != _health.RuntimeTrouble)
        {
            _log.Warning("Node {0} is {1}", _options.Node, health.RuntimeTrouble.Length == 0 ? "ready again" : $"not ready: {health.RuntimeTrouble}");
            if (health.RuntimeTrouble.Length == 0 || _health.RuntimeTrouble.Length == 0) Note("Normal", health.RuntimeTrouble.Length == 0 ? "NodeReady" : "NodeNotReady", $"Node {_options.Node} status is now: {(health.RuntimeTrouble.Length == 0 ? "NodeReady" : "NodeNotReady")}");
        }
        _health = health;
        _node["status"]!["conditions"] = health.Conditions();
        if (!_lease.IsRegistered) return;
        ReportStatus();

        // Nothing answers a node's status: one that says something new is said again, should it have been lost.
        (_repeats, _statusDue) = (StatusRepeats, Now + _options.RepeatAfter);
    }

    private void RepeatStatus()
    {
        ReportStatus();
        if (_repeats-- > 0) _statusDue = Now + _options.RepeatAfter;
    }
}
