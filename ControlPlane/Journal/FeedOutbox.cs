using System.Collections.Concurrent;
using Akka.Actor;

namespace ControlPlane.Journal;

/// <summary>
/// Hands what this process committed to its feed actor while that has peers to tell. Bounded: what finds no room is dropped and counted, and
/// the peers read it from the table.
/// </summary>
public sealed class FeedOutbox : IExtension
{
    private const int Room = 256;
    private readonly ConcurrentQueue<CommittedRows> _rows = new();
    private Action? _wake;
    private int _count;
    private long _dropped;

    public static FeedOutbox Get(ActorSystem system) => system.WithExtension<FeedOutbox, Provider>();

    /// <summary>Transactions that were not pushed.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    internal void Offer(CommittedRows rows)
    {
        if (Volatile.Read(ref _wake) is not { } wake) return;
        if (Interlocked.Increment(ref _count) > Room)
        {
            Interlocked.Decrement(ref _count);
            Interlocked.Increment(ref _dropped);
            return;
        }
        _rows.Enqueue(rows);
        wake();
    }

    internal bool TryTake(out CommittedRows rows)
    {
        if (!_rows.TryDequeue(out rows!)) return false;
        Interlocked.Decrement(ref _count);
        return true;
    }

    /// <summary>Starts or, with null, ends the collection; <paramref name="wake"/> is called for each transaction taken in.</summary>
    internal void Open(Action? wake)
    {
        Volatile.Write(ref _wake, wake);
        if (wake is null)
        {
            while (TryTake(out _)) { }
        }
    }

    private sealed class Provider : ExtensionIdProvider<FeedOutbox>
    {
        public override FeedOutbox CreateExtension(ExtendedActorSystem system) => new();
    }
}
