using System.Collections.Concurrent;
using ControlPlane.Objects;

namespace ControlPlane.Journal;

/// <summary>
/// Who waits for changes of a resource, by what they can concern: everything, a namespace, one object. A change wakes those and nobody else, however many watch.
/// </summary>
internal sealed class WatchScopes
{
    private readonly ConcurrentDictionary<(string Namespace, string Name), WatchScope> _scopes = new();

    /// <summary>Begins to wait for changes in a scope; "" stands for any namespace and any name.</summary>
    public WatchScope Enter(string @namespace, string name)
    {
        while (true)
        {
            var scope = _scopes.GetOrAdd((@namespace, name), static (at, scopes) => new(at, scopes), this);
            if (scope.Join()) return scope;
        }
    }

    /// <summary>Wakes whom a change concerns. <paramref name="place"/> is its number.</summary>
    public void Signal(StoredObject changed, long place)
    {
        if (_scopes.IsEmpty) return;
        var (ns, name) = (changed.Key.Namespace, changed.Key.Name);
        Signal(("", ""), place);
        if (ns.Length > 0) Signal((ns, ""), place);
        Signal((ns, name), place);
    }

    /// <summary>Wakes everybody: places have lost their meaning.</summary>
    public void SignalAll()
    {
        foreach (var (_, scope) in _scopes) scope.Signal(0);
    }

    internal void Leave((string, string) at) => _scopes.TryRemove(at, out _);

    private void Signal((string, string) at, long place)
    {
        if (_scopes.TryGetValue(at, out var scope)) scope.Signal(place);
    }
}

/// <summary>What watchers of one scope share; each disposes it once when it ends.</summary>
public sealed class WatchScope : IDisposable
{
    private readonly Lock _gate = new();
    private readonly (string, string) _at;
    private readonly WatchScopes _scopes;
    private TaskCompletionSource<long> _changed = New();
    private int _watchers;
    private bool _used;

    internal WatchScope((string, string) at, WatchScopes scopes) => (_at, _scopes) = (at, scopes);

    /// <summary>
    /// Completes at the next change in the scope after the call, with that change's number: whoever has read all there was after the call can go on there and pass over
    /// what lies between.
    /// </summary>
    public Task<long> Changed => Volatile.Read(ref _changed).Task;

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            if (--_watchers == 0) _scopes.Leave(_at);
        }
    }

    internal bool Join()
    {
        lock (_gate)
        {
            // The last watcher has just left, and with it the scope.
            if (_used && _watchers == 0) return false;
            _used = true;
            _watchers++;
            return true;
        }
    }

    internal void Signal(long place) => Interlocked.Exchange(ref _changed, New()).TrySetResult(place);

    private static TaskCompletionSource<long> New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
