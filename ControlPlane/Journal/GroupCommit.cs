using System.Data.Common;
using System.Threading.Channels;

namespace ControlPlane.Journal;

/// <summary>Bounds of the write queue and of one transaction.</summary>
/// <param name="MaxBatch">Events after which a transaction takes no further write.</param>
/// <param name="MaxBatchBytes">Bytes after which a transaction takes no further write.</param>
/// <param name="MaxQueued">Writes waiting; more fail at once.</param>
/// <param name="MaxQueuedBytes">Bytes waiting; more fail at once.</param>
public sealed record GroupCommitLimits(int MaxBatch = 500, long MaxBatchBytes = 8 << 20, int MaxQueued = 16384, long MaxQueuedBytes = 64 << 20);

/// <summary>
/// A process's one writer: commits what is queued as one transaction at a time and feeds the watch cache before it acknowledges. A write
/// whose sequence number does not follow the newest known event of its object is refused, here or by the table's unique index.
/// </summary>
/// <param name="renew">Encrypts a row anew whose key was dropped before it was stored; a row that needs nothing comes back as it is.</param>
public sealed class GroupCommit(RevisionStore store, WatchCache cache, GroupCommitLimits limits, Func<JournalRow, JournalRow>? renew = null)
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LastRetry = TimeSpan.FromSeconds(2);
    private readonly Channel<PendingWrite> _queue = Channel.CreateBounded<PendingWrite>(new BoundedChannelOptions(limits.MaxQueued) { SingleReader = true });
    private TaskCompletionSource? _unsure;
    private long _queuedBytes;

    /// <summary>Raised by the writer for each transaction, after the cache has it. Handlers hand over and return.</summary>
    public event Action<CommittedRows>? Committed;

    /// <summary>Raised, with what it means, when a commit's outcome is unknown, and for each attempt to learn it that fails.</summary>
    public event Action<string, Exception>? Failed;

    /// <summary>Incomplete while the outcome of a failed commit is not known yet: the cache may lack events of ours.</summary>
    public Task CaughtUp => Volatile.Read(ref _unsure)?.Task ?? Task.CompletedTask;

    /// <summary>
    /// Stores the rows, all of one persistence id, together or not at all. Completes once they are committed and in the cache.
    /// </summary>
    /// <exception cref="JournalBusyException">The queue is full; nothing is stored.</exception>
    /// <exception cref="StaleWriteException">Another writer was first; nothing is stored.</exception>
    /// <remarks>After any other exception the outcome is unknown until <see cref="CaughtUp"/> completes.</remarks>
    public Task Append(JournalRow[] rows)
    {
        var write = new PendingWrite(rows);
        if (Interlocked.Add(ref _queuedBytes, write.Bytes) > limits.MaxQueuedBytes || !_queue.Writer.TryWrite(write))
        {
            Interlocked.Add(ref _queuedBytes, -write.Bytes);
            write.Fail(_queue.Reader.Completion.IsCompleted
                ? new ObjectDisposedException(nameof(GroupCommit))
                : new JournalBusyException("The journal has too many writes waiting."));
        }
        return write.Committed;
    }

    /// <summary>Runs the writer until it is told to stop; then fails what is queued.</summary>
    public async Task Run(CancellationToken stop)
    {
        var batch = new List<PendingWrite>();
        try
        {
            while (await _queue.Reader.WaitToReadAsync(stop))
            {
                Take(batch);
                try
                {
                    await Commit(batch);
                }
                catch (Exception cause)
                {
                    await Settle(batch, cause, stop);
                }
                batch.Clear();
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The system stops: what is queued is failed below.
        }
        finally
        {
            _queue.Writer.TryComplete();
            while (_queue.Reader.TryRead(out var write)) write.Fail(new ObjectDisposedException(nameof(GroupCommit)));
            Volatile.Read(ref _unsure)?.TrySetCanceled(CancellationToken.None);
        }
    }

    private void Take(List<PendingWrite> batch)
    {
        var bytes = 0L;
        for (var rows = 0; rows < limits.MaxBatch && bytes < limits.MaxBatchBytes && _queue.Reader.TryRead(out var write); rows += write.Rows.Length)
        {
            batch.Add(write);
            bytes += write.Bytes;
        }
        Interlocked.Add(ref _queuedBytes, -bytes);
    }

    private async Task Commit(List<PendingWrite> batch)
    {
        // Taken before the numbers are compared: every event up to here is known to the comparison.
        var seen = cache.Revision;
        DropStale(batch, null);
        while (batch.Count > 0)
        {
            var rows = batch.SelectMany(write => write.Rows).ToArray();
            long before;
            try
            {
                if (await store.Insert(rows, seen) is not { } allotted)
                {
                    // The journal was compacted beyond what this process has seen: events that would tell these writes stale may be gone. Or a key was dropped, or the
                    // database has lost events: the reading tells which.
                    await store.ReadAfter(cache);
                    seen = cache.Revision;
                    if (renew is not null) batch.ForEach(write => write.Renew(renew));
                    DropStale(batch, null);
                    continue;
                }
                before = allotted;
            }
            catch (DbException cause) when (RevisionStore.IsUniqueViolation(cause))
            {
                // Another process wrote to one of these objects. Nothing of the batch is stored and no revision is used up.
                await store.ReadAfter(cache);
                seen = cache.Revision;
                if (DropStale(batch, cause) == 0) throw;
                continue;
            }
            var events = new CommittedEvent[rows.Length];
            for (var i = 0; i < rows.Length; i++)
            {
                rows[i].Event.Committed(before + 1 + i);
                events[i] = new(rows[i].PersistenceId, rows[i].SequenceNr, rows[i].Created, rows[i].Event);
            }
            Tell(new(before + 1, before + rows.Length, events), new(before + 1, rows));
            foreach (var write in batch) write.Complete();
            return;
        }
    }

    // The transaction is committed: whatever fails from here on, the writes are stored and must be answered so.
    private void Tell(CommittedBatch batch, CommittedRows rows)
    {
        try
        {
            cache.Apply(batch);
            Committed?.Invoke(rows);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            Failed?.Invoke($"The revisions {batch.From} to {batch.To} are stored, but were not shown or told to everybody.", fault);
        }
    }

    // Two incarnations of one actor may also meet in one batch: the first one wins.
    private int DropStale(List<PendingWrite> batch, Exception? cause)
    {
        var last = new Dictionary<string, long>(batch.Count, StringComparer.Ordinal);
        return batch.RemoveAll(write =>
        {
            var (id, first) = (write.Rows[0].PersistenceId, write.Rows[0].SequenceNr);
            if (!last.TryGetValue(id, out var known)) known = cache.TryGetNewest(id, out var newest) ? newest.SequenceNr : 0;
            if (first == known + 1)
            {
                last[id] = write.Rows[^1].SequenceNr;
                return false;
            }
            write.Fail(new StaleWriteException($"Event {first} of '{id}' does not follow event {known}.", cause));
            return true;
        });
    }

    private async Task Settle(List<PendingWrite> batch, Exception cause, CancellationToken stop)
    {
        Volatile.Write(ref _unsure, new(TaskCreationOptions.RunContinuationsAsynchronously));
        Failed?.Invoke("A commit failed; its outcome is read from the table.", cause);
        foreach (var write in batch) write.Fail(cause);
        for (var delay = FirstRetry; !await TryCatchUp(); delay = delay * 2 < LastRetry ? delay * 2 : LastRetry) await Task.Delay(delay, stop);
        Interlocked.Exchange(ref _unsure, null)!.SetResult();
    }

    private async Task<bool> TryCatchUp()
    {
        try
        {
            await store.ReadAfter(cache, settle: true);
            return true;
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            Failed?.Invoke("The outcome of a commit is still unknown: the table can't be read.", failure);
            return false;
        }
    }

    private sealed class PendingWrite(JournalRow[] rows)
    {
        private readonly TaskCompletionSource _committed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public JournalRow[] Rows { get; private set; } = rows;
        public long Bytes { get; } = rows.Sum(row => (long)row.Message.Length);
        public Task Committed => _committed.Task;
        public void Renew(Func<JournalRow, JournalRow> renew) => Rows = Array.ConvertAll(Rows, row => renew(row));
        public void Complete() => _committed.TrySetResult();
        public void Fail(Exception cause) => _committed.TrySetException(cause);
    }
}
