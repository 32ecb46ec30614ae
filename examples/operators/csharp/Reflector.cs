using System.Collections.Concurrent;
using System.Net;
using System.Runtime.ExceptionServices;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace WebsiteOperator;

/// <summary>
/// Keeps the newest known state of all objects of a kind: lists them, watches from there, goes on from the last version when a watch ends,
/// and lists anew when that version is too old.
/// </summary>
/// <param name="changed">Told of each object that came, changed or went, and of all of them after each list.</param>
public sealed class Reflector<T>(Reflector<T>.List list, Reflector<T>.Watch watch, Action<T> changed)
    where T : IKubernetesObject<V1ObjectMeta>
{
    /// <summary>How long to wait after a failure.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<(string Namespace, string Name), T> _objects = new();
    private readonly TaskCompletionSource _listed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Asks for all objects and the version they are of.</summary>
    public delegate Task<(IEnumerable<T> Items, string Version)> List(CancellationToken stop);

    /// <summary>Asks for the changes after a version.</summary>
    public delegate IAsyncEnumerable<(WatchEventType Type, T Object)> Watch(string version, Action<Exception> failed, CancellationToken stop);

    /// <summary>Ends when the objects were listed for the first time: before that nothing is known of what there is not.</summary>
    public Task Listed => _listed.Task;

    /// <summary>The object, or null if there is none.</summary>
    public T? Find(string @namespace, string name) => _objects.GetValueOrDefault((@namespace, name));

    /// <summary>Goes on until it is stopped.</summary>
    public async Task Run(CancellationToken stop)
    {
        string? version = null;
        while (true)
        {
            try
            {
                version ??= await ListAll(stop);
                await foreach (var (type, item) in watch(version, error => ExceptionDispatchInfo.Throw(error), stop))
                {
                    version = item.ResourceVersion();
                    Note(type, item);
                }
            }
            catch (Exception error) when (IsTooOld(error))
            {
                version = null;
            }
            catch (Exception error) when (!stop.IsCancellationRequested)
            {
                Console.WriteLine($"watching {typeof(T).Name}: {error.Message}");
                await Task.Delay(Pause, stop);
            }
        }
    }

    private async Task<string> ListAll(CancellationToken stop)
    {
        var (items, version) = await list(stop);
        var found = items.ToDictionary(KeyOf);
        foreach (var gone in _objects.Keys.Where(key => !found.ContainsKey(key)))
        {
            if (_objects.TryRemove(gone, out var last)) changed(last);
        }
        foreach (var item in found.Values) Note(WatchEventType.Modified, item);
        _listed.TrySetResult();
        return version;
    }

    private void Note(WatchEventType type, T item)
    {
        if (type == WatchEventType.Bookmark) return;
        if (type == WatchEventType.Deleted) _objects.TryRemove(KeyOf(item), out _);
        else _objects[KeyOf(item)] = item;
        changed(item);
    }

    private static (string Namespace, string Name) KeyOf(T item) => (item.Namespace(), item.Name());

    private static bool IsTooOld(Exception error) => error switch
    {
        HttpOperationException { Response.StatusCode: HttpStatusCode.Gone } => true,
        KubernetesException { Status.Code: (int)HttpStatusCode.Gone } => true,
        _ => false,
    };
}
