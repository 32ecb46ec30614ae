using System.Threading.Channels;
using ControlPlane.Objects;

namespace ControlPlane.Journal;

/// <summary>
/// Follows the cache's batches off its lock, in order, one at a time: for work that commits must not wait for. Bounded: who falls far behind loses batches, is told
/// so, and has to look at everything again.
/// </summary>
public sealed class ChangeFollower : IAsyncDisposable
{
    /// <summary>Batches that may wait, each of one transaction. They hold what the cache holds anyway.</summary>
    public const int MostWaiting = 4096;

    private readonly Channel<(CommittedBatch Batch, IReadOnlyList<ObjectChange> Changes)> _waiting =
        Channel.CreateBounded<(CommittedBatch, IReadOnlyList<ObjectChange>)>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });

    private readonly WatchCache _cache;
    private readonly Action<CommittedBatch, IReadOnlyList<ObjectChange>> _follow;
    private readonly Action _lost;
    private readonly Action<Exception> _failed;
    private readonly Task _run;
    private int _overrun;

    /// <summary>Starts to follow with the next batch.</summary>
    /// <param name="follow">Called for each batch, never twice at once.</param>
    /// <param name="lost">Called, in turn with <paramref name="follow"/>, after batches were lost.</param>
    /// <param name="failed">Hears what either of them threw. The following goes on with the next batch.</param>
    public ChangeFollower(WatchCache cache, Action<CommittedBatch, IReadOnlyList<ObjectChange>> follow, Action lost, Action<Exception> failed)
    {
        (_cache, _follow, _lost, _failed) = (cache, follow, lost, failed);
        cache.Applied += OnApplied;
        _run = Task.Run(Run);
    }

    /// <summary>Ends once what it was given is done.</summary>
    public async ValueTask DisposeAsync()
    {
        _cache.Applied -= OnApplied;
        _waiting.Writer.TryComplete();
        await _run;
    }

    private void OnApplied(CommittedBatch batch, IReadOnlyList<ObjectChange> changes)
    {
        if (!_waiting.Writer.TryWrite((batch, changes))) Interlocked.Exchange(ref _overrun, 1);
    }

    private async Task Run()
    {
        await foreach (var (batch, changes) in _waiting.Reader.ReadAllAsync())
        {
            try
            {
                // Looked for while batches wait: where some were lost, others still are here.
                if (Interlocked.Exchange(ref _overrun, 0) == 1) _lost();
                _follow(batch, changes);
            }
            catch (Exception fault) when (fault is not OutOfMemoryException)
            {
                _failed(fault);
            }
        }
    }
}
