using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Shared.Processes;

namespace Tests.EndToEnd.Proxy;

/// <summary>Network namespaces of a test's own, with servers in them. When it is disposed of, all of them are gone.</summary>
/// <param name="prefix">Two letters, by which a lab's namespaces are told from those of others.</param>
internal sealed class NetworkSpaces(string prefix) : IAsyncDisposable
{
    private static int _count;
    private readonly List<string> _spaces = [];
    private readonly List<Process> _servers = [];

    /// <summary>What the names of all namespaces begin with; short enough to be part of a device's name.</summary>
    public string Id { get; } = string.Create(CultureInfo.InvariantCulture, $"{prefix}{Environment.ProcessId % 100000}{Interlocked.Increment(ref _count)}");

    /// <summary>A folder for what the servers serve.</summary>
    public string Files { get; } = Directory.CreateTempSubdirectory($"{prefix}-").FullName;

    /// <summary>The full name of a namespace.</summary>
    public string NameOf(string space) => $"{Id}-{space}";

    /// <summary>What is put before a command, so that it runs in a namespace.</summary>
    public ImmutableArray<string> Enter(string space) => ["nsenter", $"--net=/run/netns/{NameOf(space)}"];

    public async Task Add(string space)
    {
        _spaces.Add(NameOf(space));
        await ExternalProgram.Run("ip", ["netns", "add", NameOf(space)]);
    }

    /// <summary>Runs a program in a namespace.</summary>
    /// <returns>What it printed.</returns>
    public Task<string> Run(string space, params string[] command) => ExternalProgram.Run(Enter(space)[0], [.. Enter(space)[1..], .. command]);

    /// <summary>Lines for <c>ip -batch</c>.</summary>
    public Task Ip(string space, params string[] lines) => ExternalProgram.Run("ip", ["-n", NameOf(space), "-batch", "-"], string.Join('\n', lines) + "\n");

    /// <summary>Runs a busybox server in a namespace until the end.</summary>
    public void Serve(string space, params string[] command) => _servers.Add(Process.Start(new ProcessStartInfo("nsenter", [.. Enter(space)[1..], "/bin/busybox", .. command]))!);

    /// <summary>One HTTP request from inside a namespace; what it answered, or null when it failed.</summary>
    public async Task<string?> Get(string from, string address, int port, string path = "/")
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var result = await ExternalProgram.TryRun("nsenter", [.. Enter(from)[1..], "busybox", "wget", "-q", "-O", "-", $"http://{address}:{port}{path}"], stop: limit.Token);
        return result.Succeeded ? result.Output.Trim() : null;
    }

    /// <summary>Completes when a server answers.</summary>
    public async Task Answers(string from, string address, int port, string path = "/")
    {
        var limit = Stopwatch.StartNew();
        while (await Get(from, address, port, path) is null)
        {
            if (limit.Elapsed > TimeSpan.FromSeconds(20)) throw new TimeoutException($"{address}:{port} does not answer in {from}.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
        {
            server.Kill(entireProcessTree: true);
            await server.WaitForExitAsync();
            server.Dispose();
        }
        foreach (var space in _spaces) await ExternalProgram.TryRun("ip", ["netns", "del", space]);
        Directory.Delete(Files, recursive: true);
    }
}
