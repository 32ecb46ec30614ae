using Akka.Actor;
using Akka.Event;
using NodeActor.Pods;
using Shared.Protocol;

namespace NodeActor.Agent;

/// <summary>How the node comes to be registered, and to be so again.</summary>
public sealed partial class AgentActor
{
    private void SendRegistration()
    {
        _registration = _registration.Continue(Now, 2 * _options.RepeatAfter);
        if (_registration.Challenge is { } challenge) _parts.Link.Tell(NodeProof.Sign(_parts.Identity, _options.Node, _registration.Instance, Utf8(_node), challenge));
        else _parts.Link.Tell(new AskChallenge(_options.Node, _registration.Instance));
    }

    private void OnRegistered(NodeRegistered registered)
    {
        if (registered.Instance != _registration.Instance || _lease.IsRegistered || _joining) return;
        _network = new(registered.PodCidr, registered.ClusterCidr, registered.ServiceCidr);
        _joining = true;
        var joined = _parts.Joined?.Invoke(_network) ?? Task.CompletedTask;
        joined.PipeTo(Self, success: () => new HasJoined(registered, null), failure: cause => new HasJoined(registered, cause));
    }

    private void OnJoined(HasJoined joined)
    {
        _joining = false;
        var registered = joined.Registered;
        if (registered.Instance != _registration.Instance) return;
        if (joined.Cause is { } cause)
        {
            // The next repetition of the registration tries again.
            _log.Error(cause, "Node {0} could not be prepared for its ranges", _options.Node);
            return;
        }
        _lease = AgentLease.Granted(registered.Epoch, registered.Terms.Lease, _registration.Since);
        _fence = _fence with { Grace = registered.Terms.FenceGrace };
        _ticket = registered.Ticket;
        (_uid, _statusDue) = (registered.Uid, Now + _options.StatusEvery);
        _log.Info("Node {0} is registered in epoch {1} with pod range {2}", _options.Node, registered.Epoch, registered.PodCidr);
        _supervisor.Tell(new HostProfile([_options.Address], _capacity.Amounts));
        _reports.Renew();
        _follower.Restart();
        Renew();
        Pull();
        Flush();
    }

    private void OnRefused(NodeRefused refused)
    {
        if (refused.Status.Reason is not (NodeProtocol.StaleEpoch or NodeProtocol.Untrusted))
        {
            _log.Warning("Node {0} was refused: {1}", _options.Node, refused.Status.Message);
            return;
        }
        if (!_lease.IsRegistered || refused.Epoch != Epoch) return;
        _log.Warning("Node {0} registers anew: {1}", _options.Node, refused.Status.Message);
        _lease = _lease.Revoke();
        _registration = AgentRegistration.None;
        SendRegistration();
    }

    private sealed record HasJoined(NodeRegistered Registered, Exception? Cause);
}
