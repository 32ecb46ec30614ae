namespace ControlPlane.Admission.Images.Signatures;

/// <summary>Lets so many of each namespace in at once; the others of it wait. Nothing is kept of a namespace that nobody is in. Thread-safe.</summary>
/// <param name="atOnce">How many.</param>
internal sealed class NamespaceTurns(int atOnce)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Line> _lines = [];

    /// <summary>Waits for a turn, which ends when what is answered is disposed of.</summary>
    /// <exception cref="OperationCanceledException">Nobody waits any more.</exception>
    public async Task<IDisposable> Take(string @namespace, CancellationToken stop)
    {
        Line line;
        lock (_gate)
        {
            if (!_lines.TryGetValue(@namespace, out line!)) _lines[@namespace] = line = new(atOnce);
            line.Users++;
        }
        try
        {
            await line.Places.WaitAsync(stop);
        }
        catch (OperationCanceledException)
        {
            Leave(@namespace, line);
            throw;
        }
        return new Turn(this, @namespace, line);
    }

    private void Leave(string @namespace, Line line)
    {
        lock (_gate)
        {
            if (--line.Users > 0) return;
            _lines.Remove(@namespace);
        }
        line.Places.Dispose();
    }

    private sealed class Line(int atOnce)
    {
        public SemaphoreSlim Places { get; } = new(atOnce);
        public int Users { get; set; }
    }

    private sealed class Turn(NamespaceTurns turns, string @namespace, Line line) : IDisposable
    {
        public void Dispose()
        {
            line.Places.Release();
            turns.Leave(@namespace, line);
        }
    }
}
