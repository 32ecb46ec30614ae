using System.IO.Pipelines;

namespace NodeActor.Streaming;

/// <summary>
/// Copies what was asked for of one container's log to a client. Following, it goes on over rotations of the file and ends when the container has
/// ended and all is copied.
/// </summary>
/// <param name="path">The current log file.</param>
/// <param name="runs">Whether the container still runs.</param>
internal sealed class LogCopy(LogRequest request, string path, Func<CancellationToken, Task<bool>> runs, TimeProvider clock)
{
    private const int Block = 32 * 1024;
    private const int LongestLine = 1024 * 1024;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan AskEvery = TimeSpan.FromSeconds(1);

    private byte[] _buffer = new byte[Block];
    private int _held;
    private bool _continues;
    private long _left = request.Limit ?? long.MaxValue;

    /// <summary>Copies until the end, the limit or the cancellation.</summary>
    public async Task RunAsync(PipeWriter output, CancellationToken cancel)
    {
        var file = Open(path);
        try
        {
            file.Position = request.Tail is { } lines ? LogTail.Find(file, lines) : 0;
            var ended = false;
            var asked = clock.GetTimestamp();
            while (_left > 0)
            {
                var copied = await DrainAsync(file, output, cancel);
                if (_left <= 0 || !request.Follow) return;
                if (copied)
                {
                    await output.FlushAsync(cancel);
                    continue;
                }
                if (Rotated(file))
                {
                    var next = Open(path);
                    // What was written between our last read and the rename.
                    await DrainAsync(file, output, cancel);
                    await file.DisposeAsync();
                    file = next;
                    continue;
                }
                if (ended) return;
                if (clock.GetElapsedTime(asked) >= AskEvery)
                {
                    asked = clock.GetTimestamp();
                    // One more round after the end: the last lines may just have been written.
                    ended = !await runs(cancel);
                    continue;
                }
                await Task.Delay(Pause, clock, cancel);
            }
        }
        finally
        {
            await output.FlushAsync(CancellationToken.None);
            await file.DisposeAsync();
        }
    }

    private static FileStream Open(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, useAsync: false);

    /// <summary>True when the file we read has another name now: the link of our handle tells.</summary>
    private bool Rotated(FileStream file) =>
        new FileInfo($"/proc/self/fd/{file.SafeFileHandle.DangerousGetHandle()}").LinkTarget is { } target && target != Path.GetFullPath(path) && File.Exists(path);

    /// <summary>Copies all whole lines there are; true if there was anything.</summary>
    private async Task<bool> DrainAsync(FileStream file, PipeWriter output, CancellationToken cancel)
    {
        var any = false;
        while (_left > 0)
        {
            if (_held == _buffer.Length)
            {
                if (_held >= LongestLine) _held = 0; // No runtime writes such lines; whatever this is, it is not a log.
                else Array.Resize(ref _buffer, _buffer.Length * 2);
            }
            var read = await file.ReadAsync(_buffer.AsMemory(_held), cancel);
            if (read == 0) return any;
            any = true;
            _held += read;
            WriteLines(output);
            // A slow client holds the reading up, not the memory.
            await output.FlushAsync(cancel);
        }
        return any;
    }

    private void WriteLines(PipeWriter output)
    {
        var from = 0;
        for (int length; (length = _buffer.AsSpan(from, _held - from).IndexOf((byte)'\n')) >= 0; from += length + 1)
        {
            Write(output, CriLogLine.Parse(_buffer.AsSpan(from, length)));
        }
        _buffer.AsSpan(from, _held - from).CopyTo(_buffer);
        _held -= from;
    }

    private void Write(PipeWriter output, CriLogLine line)
    {
        var continued = _continues;
        _continues = line.Partial;
        if (request.Since is { } since && line.At < since) return;
        if (request.Timestamps && !continued && line.Time.Length > 0)
        {
            Write(output, line.Time);
            Write(output, " "u8);
        }
        Write(output, line.Text);
        if (!line.Partial) Write(output, "\n"u8);
    }

    private void Write(PipeWriter output, ReadOnlySpan<byte> bytes)
    {
        var size = (int)Math.Min(bytes.Length, _left);
        _left -= size;
        if (size > 0) System.Buffers.BuffersExtensions.Write(output, bytes[..size]);
    }
}
