using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using ControlPlane.CommandLine.Clusters;
using Tests.Support;
using Xunit;

namespace Tests.Performance;

/// <summary>
/// A control plane as it ships: a process of its own, built for Release, on SQLite in a data directory that goes with it and on ports nobody else uses. Nodes may be silent for an
/// hour, so that fake ones need not renew anything.
/// </summary>
public sealed class ControlPlaneUnderTest : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly string _folder = Directory.CreateTempSubdirectory("actors-bench-").FullName;
    private readonly int[] _ports = ControlPlaneFixture.FreePorts(3);
    private Process? _process;

    /// <summary>Its data directory.</summary>
    public string DataDirectory => Path.Combine(_folder, "data");

    /// <summary>The clients of this control plane.</summary>
    public LoadClients Clients { get; private set; } = null!;

    /// <summary>Starts it on what the data directory holds, and returns how long it took from the start of the process until <c>/readyz</c> said ok.</summary>
    public async Task<TimeSpan> Start()
    {
        var started = Stopwatch.GetTimestamp();
        _process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"exec \"$0\" \"$@\" >>'{Log}' 2>&1", .. Command()])) ?? throw new InvalidOperationException("No process started.");
        using (var probe = ReadinessProbe())
        {
            while (!await IsReady(probe))
            {
                if (_process.HasExited || Stopwatch.GetElapsedTime(started) > Patience) throw await Failure("did not become ready");
                await Task.Delay(10);
            }
        }
        var elapsed = Stopwatch.GetElapsedTime(started);
        var pki = Path.Combine(DataDirectory, "pki");
        Clients = new(
            new($"https://127.0.0.1:{_ports[0]}"),
            X509CertificateLoader.LoadCertificateFromFile(Path.Combine(pki, "ca.crt")),
            (await File.ReadAllTextAsync(Path.Combine(pki, "admin.token"))).Trim());
        return elapsed;
    }

    /// <summary>Tells it to end, and waits until it has.</summary>
    public async Task Stop()
    {
        Clients?.Dispose();
        if (_process is not { } process) return;
        _process = null;
        using (process)
        {
            if (process.HasExited) return;
            if (ProcessIdentity.Of(process.Id) is { } alive) Signals.SendTerminate(alive);
            try
            {
                await process.WaitForExitAsync().WaitAsync(Patience);
            }
            finally
            {
                if (!process.HasExited) process.Kill();
            }
        }
    }

    /// <summary>The processor time it has used since it started. Its unit is a clock tick, mostly 10 ms.</summary>
    public TimeSpan ProcessorTime => _process!.HasExited ? throw new InvalidOperationException("The control plane has ended.") : Refreshed().TotalProcessorTime;

    /// <summary>The memory it occupies, now and at most, in MB.</summary>
    public (double Now, double Peak) Memory
    {
        get
        {
            var status = File.ReadLines($"/proc/{_process!.Id}/status").ToArray();
            return (Megabytes("VmRSS:"), Megabytes("VmHWM:"));

            double Megabytes(string name) =>
                double.Parse(status.Single(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..].Replace("kB", ""), CultureInfo.InvariantCulture) / 1000;
        }
    }

    /// <summary>The failure of a benchmark, with the last lines the control plane logged.</summary>
    public async Task<InvalidOperationException> Failure(string what)
    {
        var log = File.Exists(Log) ? await File.ReadAllLinesAsync(Log) : [];
        return new($"The control plane {what}.\n{string.Join('\n', log.TakeLast(20))}");
    }

    /// <inheritdoc/>
    Task IAsyncLifetime.InitializeAsync() => Start();

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        await Stop();
        Directory.Delete(_folder, recursive: true);
    }

    private string Log => Path.Combine(_folder, "log");

    private string[] Command()
    {
        var program = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../../ControlPlane/bin/Release/net10.0/ControlPlane.dll"));
        if (!File.Exists(program)) throw new InvalidOperationException($"There is no {program}. Run this with ./actors bench.");
        var dotnet = Environment.ProcessPath is { } host && Path.GetFileName(host) == "dotnet" ? host : "dotnet";
        return
        [
            dotnet, program, "serve", "--data", DataDirectory, "--port", $"{_ports[0]}", "--remote-port", $"{_ports[1]}", "--agent-port", $"{_ports[2]}", "--node-lease-grace", "1h",
        ];
    }

    // The authority that a client trusts is made by the very process that is waited for. A probe sends nothing worth protecting and believes only the status.
    private HttpClient ReadinessProbe() => new(new SocketsHttpHandler { SslOptions = new() { RemoteCertificateValidationCallback = (_, _, _, _) => true } })
    {
        BaseAddress = new($"https://127.0.0.1:{_ports[0]}"),
        Timeout = TimeSpan.FromSeconds(5),
    };

    private static async Task<bool> IsReady(HttpClient probe)
    {
        try
        {
            using var response = await probe.GetAsync("/readyz");
            return response.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            // It does not listen yet.
            return false;
        }
    }

    private Process Refreshed()
    {
        _process!.Refresh();
        return _process;
    }
}
