namespace ControlPlane.Gateway.FlowControl;

/// <summary>
/// The requests of one priority level that wait, fair to its flows: every flow is dealt a hand of the queues (shuffle sharding) and waits in the shortest of them; next is whoever stands first in
/// the queue that has had the least service so far, counted in seats times seconds (start-time fair queueing). What a request takes is guessed when it starts and put right when it ends.
/// Not thread-safe.
/// </summary>
internal sealed class FairQueues
{
    /// <summary>The seconds that a request is taken to last until it has ended.</summary>
    private const double Guess = 0.003;

    private readonly Queuing _rules;
    private readonly Dictionary<int, Queue> _queues = [];
    private double _virtualTime;
    private int _executing;

    /// <param name="rules">How many queues there are and how long they may be.</param>
    public FairQueues(Queuing rules) => _rules = rules;

    /// <summary>Requests that wait.</summary>
    public int Waiting { get; private set; }

    /// <summary>Queues in which somebody waits.</summary>
    public int Active => _queues.Values.Count(queue => queue.Line.Count > 0);

    /// <summary>Who is next; null if nobody waits.</summary>
    public FlowSeat? Next
    {
        get
        {
            Queue? least = null;
            if (Waiting == 0) return null;
            foreach (var queue in _queues.Values)
            {
                if (queue.Line.Count > 0 && (least is null || queue.Start < least.Start)) least = queue;
            }
            return least!.Line.First!.Value;
        }
    }

    /// <summary>Lets a request wait. False, and nothing has changed, if its queue is full.</summary>
    public bool TryAdd(FlowSeat seat)
    {
        var number = ShortestOf(ShuffleSharding.Hand(seat.Flow, _rules.Queues, _rules.HandSize));
        if (!_queues.TryGetValue(number, out var queue)) queue = new(number);
        if (queue.Line.Count >= _rules.LengthLimit) return false;
        _queues[number] = queue;

        // Who was away has not saved up: it begins where the others are.
        if (queue.IsIdle) queue.Start = Math.Max(queue.Start, _virtualTime);
        seat.Place = queue.Line.AddLast(seat);
        seat.Queue = queue;
        queue.Width += seat.Width;
        Waiting++;
        return true;
    }

    /// <summary>Takes a request out, as it starts.</summary>
    public void Start(FlowSeat seat)
    {
        var queue = Leave(seat);
        queue.Executing++;
        _executing++;
        queue.Width += seat.Width;
        _virtualTime = Math.Max(_virtualTime, queue.Start);
        queue.Start += seat.Width * Guess;
    }

    /// <summary>Takes a request out that will not start.</summary>
    public void Remove(FlowSeat seat) => Forget(Leave(seat));

    /// <summary>A request that started here has ended.</summary>
    /// <param name="seat">The request.</param>
    /// <param name="seconds">How long it took.</param>
    public void End(FlowSeat seat, double seconds)
    {
        var queue = seat.Queue!;
        queue.Executing--;
        _executing--;
        queue.Width -= seat.Width;
        queue.Start += seat.Width * (seconds - Guess);
        Forget(queue);
    }

    /// <summary>Takes out everybody who waits, in the order in which they would start.</summary>
    public IReadOnlyList<FlowSeat> Clear()
    {
        var all = new List<FlowSeat>();
        while (Next is { } seat)
        {
            all.Add(seat);
            Start(seat);
        }
        return all;
    }

    private Queue Leave(FlowSeat seat)
    {
        var queue = seat.Queue!;
        queue.Line.Remove(seat.Place!);
        queue.Width -= seat.Width;
        seat.Place = null;
        Waiting--;
        return queue;
    }

    // One that has had no more than the others is as good as new, and so is each of them when nobody is there to have had less.
    private void Forget(Queue queue)
    {
        if (Waiting == 0 && _executing == 0) _queues.Clear();
        else if (queue.IsIdle && queue.Start <= _virtualTime) _queues.Remove(queue.Number);
    }

    private int ShortestOf(ReadOnlySpan<int> hand)
    {
        var (best, least) = (hand[0], long.MaxValue);
        foreach (var number in hand)
        {
            var width = _queues.TryGetValue(number, out var queue) ? queue.Width : 0;
            if (width < least) (best, least) = (number, width);
        }
        return best;
    }

    /// <summary>One of the lines.</summary>
    internal sealed class Queue(int number)
    {
        public int Number => number;
        public LinkedList<FlowSeat> Line { get; } = new();

        /// <summary>The service it has had, on the level's virtual clock.</summary>
        public double Start { get; set; }
        public int Executing { get; set; }

        /// <summary>The seats of all that wait or run.</summary>
        public long Width { get; set; }
        public bool IsIdle => Line.Count == 0 && Executing == 0;
    }
}
