namespace Tests.Chaos.Recording;

/// <summary>
/// Takes down what the clients of a run do. An operation costs an allocation and an interlocked increment; at <paramref name="most"/> operations or watch events it
/// is full, and the clients end.
/// </summary>
internal sealed class Recorder(int most)
{
    private readonly Operation?[] _operations = new Operation?[most];
    private readonly Lock _gate = new();
    private readonly List<WatchRecord> _watches = [];
    private int _count;
    private int _events;

    /// <summary>Whether there is no room for more.</summary>
    public bool IsFull => Volatile.Read(ref _count) >= most || Volatile.Read(ref _events) >= most;

    /// <summary>How many operations there are.</summary>
    public int Operations => Math.Min(most, Volatile.Read(ref _count));

    /// <summary>How many watch events there are.</summary>
    public int Events => Volatile.Read(ref _events);

    /// <summary>To be called right before an operation is sent; null when there is no room for it.</summary>
    public Operation? Begin(int client, string member, Func<int, OperationRequest> request)
    {
        var index = Interlocked.Increment(ref _count) - 1;
        if (index >= most) return null;
        return _operations[index] = new(index + 1, client, member, request(index + 1), Moment.Now);
    }

    /// <summary>To be called right after the answer has come.</summary>
    public Operation End(Operation operation, Answer answer)
    {
        // What is not known to have ended may still be carried out.
        var ended = operation with { Answer = answer, End = answer is Answer.Unknown ? long.MaxValue : Moment.Now };
        return _operations[operation.Id - 1] = ended;
    }

    /// <summary>A line of a watch has come.</summary>
    public void Told() => Interlocked.Increment(ref _events);

    /// <summary>A watch has ended.</summary>
    public void End(WatchRecord watch)
    {
        lock (_gate) _watches.Add(watch);
    }

    /// <summary>What was taken down. To be called when all clients have ended.</summary>
    public RunHistory History(long? settled) => new([.. _operations.Take(Operations).OfType<Operation>()], [.. _watches]) { Settled = settled };
}
