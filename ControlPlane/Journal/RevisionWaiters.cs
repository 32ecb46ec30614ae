namespace ControlPlane.Journal;

/// <summary>Who waits for which revision. One entry a revision; gone when it is reached or nobody waits any more. Used under the cache's lock.</summary>
internal sealed class RevisionWaiters(Lock gate)
{
    private const int Most = 65536;
    private readonly SortedDictionary<long, Entry> _entries = [];
    private int _count;

    /// <summary>Those who wait.</summary>
    public int Count
    {
        get
        {
            lock (gate) return _count;
        }
    }

    /// <summary>Completes when the revision is reached.</summary>
    public Task Add(long revision, CancellationToken stop)
    {
        if (_count >= Most) return Task.FromException(new JournalBusyException("Too many requests wait for the journal."));
        if (!_entries.TryGetValue(revision, out var entry)) _entries[revision] = entry = new();
        entry.Waiting++;
        _count++;
        return stop.CanBeCanceled ? Wait(revision, entry, stop) : entry.Reached.Task;
    }

    /// <summary>Lets those go who wait for a revision up to this one.</summary>
    public void Reached(long revision)
    {
        while (_entries.Count > 0)
        {
            var (wanted, entry) = _entries.First();
            if (wanted > revision) return;
            _entries.Remove(wanted);
            _count -= entry.Waiting;
            entry.Reached.TrySetResult();
        }
    }

    private async Task Wait(long revision, Entry entry, CancellationToken stop)
    {
        try
        {
            await entry.Reached.Task.WaitAsync(stop);
        }
        catch (OperationCanceledException)
        {
            Leave(revision, entry);
            throw;
        }
    }

    private void Leave(long revision, Entry entry)
    {
        lock (gate)
        {
            // It may have been reached meanwhile, and the revision be waited for anew.
            if (!_entries.TryGetValue(revision, out var current) || current != entry) return;
            _count--;
            if (--entry.Waiting == 0) _entries.Remove(revision);
        }
    }

    private sealed class Entry
    {
        public TaskCompletionSource Reached { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public int Waiting { get; set; }
    }
}
