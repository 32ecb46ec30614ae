using System.Diagnostics;
using ControlPlane.CommandLine.Clusters;
using Shared.Processes;

namespace Tests.Chaos.Lab;

/// <summary>
/// One control plane of a lab: a process in a network namespace and on a disk of its own, with its log outside. One that ends of itself is started again, as any
/// supervisor of services does, and that is told.
/// </summary>
/// <param name="name">Its name in the lab's network.</param>
/// <param name="command">How it is started.</param>
/// <param name="environment">Variables it is started with.</param>
/// <param name="tell">Told when it ends of itself.</param>
internal sealed class Member(
    string name, string address, SmallDisk disk, string log, IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment, Action<string> tell) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan RestartPause = TimeSpan.FromMilliseconds(500);
    private readonly Lock _gate = new();
    private Process? _process;
    private bool _wanted;

    public string Name => name;

    public string Address => address;

    public Uri Url => new($"https://{address}:6443");

    /// <summary>The disk its data folder lies on.</summary>
    public SmallDisk Disk => disk;

    public bool Runs => _process is { HasExited: false };

    /// <summary>How often it has ended of itself.</summary>
    public int Exits { get; private set; }

    /// <summary>Starts the process, unless it runs; does not wait until it serves.</summary>
    public void Start()
    {
        lock (_gate)
        {
            _wanted = true;
            if (Runs) return;
            var start = new ProcessStartInfo("/bin/sh", ["-c", $"exec \"$0\" \"$@\" >>'{log}' 2>&1", .. command]);
            foreach (var (variable, value) in environment) start.Environment[variable] = value;
            _process?.Dispose();
            _process = Process.Start(start) ?? throw new InvalidOperationException($"{name} was not started.");
            _ = Supervise(_process);
        }
    }

    /// <summary>Ends it as a crash does.</summary>
    public Task Kill() => End(process => process.Kill());

    /// <summary>Tells it to end, and waits until it has.</summary>
    public Task Stop() => End(process =>
    {
        if (ProcessIdentity.Of(process.Id) is { } alive) Signals.SendTerminate(alive);
    });

    /// <summary>It stands still: connections live, and nothing answers.</summary>
    public Task Pause() => Signal("-STOP");

    /// <summary>It goes on.</summary>
    public Task Resume() => Signal("-CONT");

    /// <summary>The end of its log, for messages.</summary>
    public string LogTail(int lines = 20) => File.Exists(log) ? string.Join('\n', File.ReadLines(log).TakeLast(lines)) : "";

    // Why it crashed, or else the last it said.
    private string LastWords()
    {
        var lines = LogTail(60).Split('\n');
        var crash = Array.FindLastIndex(lines, line => line.StartsWith("Unhandled exception", StringComparison.Ordinal));
        return string.Join('\n', crash < 0 ? lines.TakeLast(3) : lines.Skip(crash).Take(4));
    }

    public async ValueTask DisposeAsync()
    {
        await Kill();
        _process?.Dispose();
        await disk.DisposeAsync();
    }

    private async Task End(Action<Process> how)
    {
        Process? process;
        lock (_gate)
        {
            _wanted = false;
            process = Runs ? _process : null;
        }
        if (process is null) return;
        how(process);
        await process.WaitForExitAsync().WaitAsync(Patience);
    }

    private async Task Supervise(Process process)
    {
        await process.WaitForExitAsync();
        lock (_gate)
        {
            if (!_wanted || process != _process) return;
            Exits++;
        }
        tell($"{name} has ended of itself with {process.ExitCode}: {LastWords()}");
        await Task.Delay(RestartPause);
        lock (_gate)
        {
            if (!_wanted || process != _process) return;
        }
        Start();
    }

    private async Task Signal(string signal)
    {
        if (Runs) await ExternalProgram.Run("kill", [signal, $"{_process!.Id}"]);
    }
}
