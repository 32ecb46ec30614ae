using Akka.Actor;

namespace Tests.Actors.NodesAgent;

/// <summary>A monotonic clock that the test moves on.</summary>
internal sealed class AgentClock : TimeProvider
{
    private long _ticks = TimeSpan.FromHours(1).Ticks;
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;
    public override long GetTimestamp() => Volatile.Read(ref _ticks);
    public void Pass(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);
}

/// <summary>Hands everything on: the test stands in for what an agent starts.</summary>
internal sealed class Forwarder(IActorRef to) : UntypedActor
{
    protected override void OnReceive(object message) => to.Forward(message);
}
