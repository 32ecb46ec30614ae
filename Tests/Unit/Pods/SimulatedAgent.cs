using NodeActor.Pods.Machine;

namespace Tests.Unit.Pods;

/// <summary>One agent: its memory, and what it has under way.</summary>
internal sealed class SimulatedAgent(PodState state)
{
    public PodState State { get; set; } = state;
    public TimeSpan? Wake { get; set; }
    public List<RunningOperation> Running { get; } = [];
}

/// <summary>An operation under way: its calls, and what it concludes when they are through; the answer lies there until it is delivered.</summary>
internal sealed class RunningOperation(PodOperation operation, IEnumerable<Func<string?>> steps, Func<PodFact> conclude, TimeSpan notBefore = default)
{
    public PodOperation Operation { get; } = operation;
    public Queue<Func<string?>> Steps { get; } = new(steps);
    public Func<PodFact> Conclude { get; } = conclude;
    public TimeSpan NotBefore { get; } = notBefore;
    public PodFact? Answer { get; set; }

    public bool Ready(TimeSpan now) => NotBefore <= now;
}
