using Akka.Actor;
using Shared.Protocol;

namespace ControlPlane.Nodes.Streams;

/// <summary>One agent as far as this process serves it.</summary>
internal sealed class FollowingAgent(bool withServices, UsedObjects used)
{
    public bool WithServices => withServices;

    /// <summary>What its pods use, as of what was read.</summary>
    public UsedObjects Used => used;

    /// <summary>Null: it gets a snapshot at its next pull.</summary>
    public NodeStream? Stream { get; set; }

    /// <summary>The pull that waits for something to tell.</summary>
    public PullChanges? Held { get; set; }

    public IActorRef Asker { get; set; } = ActorRefs.Nobody;

    /// <summary>When it last pulled: a timestamp, not a time of day.</summary>
    public long LastPull { get; set; }
}
