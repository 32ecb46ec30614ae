namespace ControlPlane.Gateway.FlowControl;

/// <summary>A request's place among those that the server works on: it waits for its seats, has them, and gives them back. To dispose of it gives them back, once.</summary>
public sealed class FlowSeat : IDisposable
{
    private readonly RequestSeats? _seats;
    private readonly TaskCompletionSource<bool> _admitted = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal FlowSeat(RequestSeats? seats, ulong flow, int width) => (_seats, Flow, Width) = (seats, flow, width);

    /// <summary>For a request that needs none.</summary>
    internal static FlowSeat None { get; } = new(null, 0, 0);

    /// <summary>Whose request it is, as a number.</summary>
    internal ulong Flow { get; }

    /// <summary>How many seats it takes.</summary>
    internal int Width { get; set; }

    /// <summary>Completes when the wait is over: true with seats, false if there are none for it.</summary>
    internal Task<bool> Admitted => _admitted.Task;

    internal RequestSeats.Level? Level { get; set; }
    internal FairQueues? Queues { get; set; }
    internal FairQueues.Queue? Queue { get; set; }
    internal LinkedListNode<FlowSeat>? Place { get; set; }
    internal long StartedAt { get; set; }
    internal SeatState State { get; set; }

    /// <summary>Gives the seats back, or ends the wait for them.</summary>
    public void Dispose() => _seats?.Leave(this);

    internal void Tell(bool admitted) => _admitted.TrySetResult(admitted);
}

/// <summary>How far a request has come.</summary>
internal enum SeatState : byte { Waiting, Running, Gone }
