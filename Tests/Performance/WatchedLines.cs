using System.Buffers;
using System.IO.Pipelines;

namespace Tests.Performance;

/// <summary>An open watch, whose lines are handed on as they are read, without copying those that lie in one piece.</summary>
public sealed class WatchedLines : IAsyncDisposable
{
    /// <summary>Takes one event, a line of JSON without its end.</summary>
    public delegate void LineReader(ReadOnlySpan<byte> line);

    private readonly HttpResponseMessage _response;
    private readonly Task _reading;

    private WatchedLines(HttpResponseMessage response, LineReader each) => (_response, _reading) = (response, Task.Run(() => Read(each)));

    /// <summary>Watches everything that happens to a collection from now on. Returns when the watch is open.</summary>
    public static async Task<WatchedLines> Open(LoadClients clients, string collection, LineReader each)
    {
        var list = await clients.Read(collection + "?limit=1");
        var version = list.GetProperty("metadata").GetProperty("resourceVersion").GetString();
        return new(await clients.Open($"{collection}?watch=1&resourceVersion={version}"), each);
    }

    /// <summary>Fails when the watch ends before it is disposed, or when the reader throws; does not complete before.</summary>
    public Task Broken => _reading;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _response.Dispose();
        await _reading.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    private async Task Read(LineReader each)
    {
        var reader = PipeReader.Create(await _response.Content.ReadAsStreamAsync(), new StreamPipeReaderOptions(bufferSize: 64 << 10));
        while (true)
        {
            var result = await reader.ReadAsync();
            var buffer = result.Buffer;
            while (buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = buffer.Slice(0, end);
                each(line.IsSingleSegment ? line.FirstSpan : line.ToArray());
                buffer = buffer.Slice(buffer.GetPosition(1, end));
            }
            reader.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted) throw new InvalidOperationException("A watch has ended before everything was seen.");
        }
    }
}
