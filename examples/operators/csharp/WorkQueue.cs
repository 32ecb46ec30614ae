using System.Threading.Channels;

namespace WebsiteOperator;

/// <summary>Which objects are to be looked at. One that was added several times before it is taken is looked at once.</summary>
public sealed class WorkQueue<T> where T : notnull
{
    private readonly Channel<T> _channel = Channel.CreateUnbounded<T>();
    private readonly HashSet<T> _waiting = [];

    public void Add(T item)
    {
        lock (_waiting)
        {
            if (_waiting.Add(item)) _channel.Writer.TryWrite(item);
        }
    }

    /// <summary>The next one. What is added to it from now on makes it wait anew.</summary>
    public async Task<T> Take(CancellationToken stop)
    {
        var item = await _channel.Reader.ReadAsync(stop);
        lock (_waiting) _waiting.Remove(item);
        return item;
    }
}
