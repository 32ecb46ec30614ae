using System.Collections.Immutable;

namespace ControlPlane.CommandLine.Demo;

/// <summary>What a client saw since some moment. <paramref name="Answers"/> counts answers by what they said.</summary>
internal sealed record LoadReport(int Answered, int Failed, ImmutableSortedDictionary<string, int> Answers)
{
    /// <summary>The answers of one version, whatever pod gave them.</summary>
    public int OfVersion(string version) => Answers.Where(answer => answer.Key.StartsWith(version + " ", StringComparison.Ordinal)).Sum(answer => answer.Value);
}

/// <summary>A client outside the cluster that requests a service without pause, each time over a new connection, and forgets no failure.</summary>
internal sealed class LoadClient : IAsyncDisposable
{
    private const int Workers = 2;
    private const int KeptFailures = 20;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(4);

    private readonly CancellationTokenSource _stop = new();
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(5), DefaultRequestHeaders = { ConnectionClose = true } };
    private readonly Lock _guard = new();
    private readonly List<string> _failures = [];
    private readonly Dictionary<string, int> _answers = [];
    private readonly Task _work;
    private ImmutableArray<Uri> _targets;
    private int _answered;
    private int _failed;

    /// <summary>Begins to request, in turn, each of the targets.</summary>
    public LoadClient(IEnumerable<Uri> targets)
    {
        _targets = [.. targets];
        _work = Task.WhenAll(Enumerable.Range(0, Workers).Select(worker => Task.Run(() => Work(worker))));
    }

    public int Answered => Volatile.Read(ref _answered);

    public int Failed => Volatile.Read(ref _failed);

    /// <summary>The first failures, each with the time and what went wrong.</summary>
    public IReadOnlyList<string> Failures
    {
        get
        {
            lock (_guard) return [.. _failures];
        }
    }

    /// <summary>Requests other targets from now on.</summary>
    public void Use(IEnumerable<Uri> targets) => ImmutableInterlocked.InterlockedExchange(ref _targets, [.. targets]);

    /// <summary>Starts to look: the function it returns tells what was seen since.</summary>
    public Func<LoadReport> Look()
    {
        var before = Report();
        return () =>
        {
            var now = Report();
            return new LoadReport(
                now.Answered - before.Answered,
                now.Failed - before.Failed,
                now.Answers.Select(answer => KeyValuePair.Create(answer.Key, answer.Value - before.Answers.GetValueOrDefault(answer.Key)))
                    .Where(answer => answer.Value > 0).ToImmutableSortedDictionary());
        };
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _work;
        _http.Dispose();
        _stop.Dispose();
    }

    private LoadReport Report()
    {
        lock (_guard) return new LoadReport(_answered, _failed, _answers.ToImmutableSortedDictionary());
    }

    private async Task Work(int worker)
    {
        for (var turn = worker; !_stop.IsCancellationRequested; turn++)
        {
            var targets = _targets;
            var target = targets[turn % targets.Length];
            try
            {
                Answer((await _http.GetStringAsync(target, _stop.Token)).Trim());
                await Task.Delay(Pause, _stop.Token);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
            {
                Fail($"{DateTimeOffset.Now:HH:mm:ss.fff} {target.Host}: {e.Message}");
            }
        }
    }

    private void Answer(string text)
    {
        lock (_guard)
        {
            _answered++;
            _answers[text] = _answers.GetValueOrDefault(text) + 1;
        }
    }

    private void Fail(string what)
    {
        lock (_guard)
        {
            _failed++;
            if (_failures.Count < KeptFailures) _failures.Add(what);
        }
    }
}
