using System.Diagnostics;
using System.Globalization;
using ControlPlane.Journal;
using Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace Tests.Performance;

/// <summary>How long a backup of a long history takes, and a restore of it into either database; each is a process of its own.</summary>
[Trait("Category", "Performance")]
[Collection(nameof(AloneOnTheMachine))]
public sealed class BackupBenchmark(ITestOutputHelper output) : IAsyncLifetime
{
    private readonly FigureTable _figures = new(output);
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("actors-bench-");
    private readonly PostgresServer _postgres = new();

    public Task InitializeAsync() => _postgres.InitializeAsync();

    public async Task DisposeAsync()
    {
        await _postgres.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task Backup_and_restore_of_a_long_history()
    {
        var (objects, rows) = (FigureTable.Scaled(50_000), FigureTable.Scaled(1_000_000));
        var (file, source, back) = (Path.Combine(_directory.FullName, "backup"), Path.Combine(_directory.FullName, "source"), Path.Combine(_directory.FullName, "back"));
        var database = await _postgres.CreateDatabase();

        // Half of it can be compressed away, as of what people write.
        await LongHistory.Write(source, objects, rows, i => Convert.ToHexStringLower(Pseudorandom(i)));
        await Measure($"backup of {rows} events of 1 KB, SQLite", "backup", file, "--data", source);
        _figures.Add("its size", $"{new FileInfo(file).Length >> 20} MB", "", $"journal.db {new FileInfo(Path.Combine(source, "journal.db")).Length >> 20} MB");
        await Measure("restore into SQLite", "restore", file, "--exact", "--data", back);
        await Measure("restore into PostgreSQL", "restore", file, "--exact", "--data", back, "--database", database);
        await Measure("backup from PostgreSQL", "backup", file, "--data", back, "--database", database);
        foreach (var options in (JournalOptions[])[new(back), new(back, database)])
        {
            await using var store = JournalConfiguration.Store(options);
            Assert.Equal(rows, (await store.ReadCounters(0)).Head);
        }
    }

    private static byte[] Pseudorandom(int seed)
    {
        var bytes = new byte[512];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private async Task Measure(string work, params string[] arguments)
    {
        var program = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../../ControlPlane/bin/Release/net10.0/ControlPlane.dll"));
        var started = Stopwatch.GetTimestamp();
        using var process = Process.Start(new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var (said, fault) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        var memory = 0L;
        var processor = TimeSpan.Zero;
        while (!process.WaitForExit(20))
        {
            // The kernel keeps the highest there was; it goes with the process.
            process.Refresh();
            if (Peak(process.Id) is { } peak) (memory, processor) = (Math.Max(memory, peak), process.TotalProcessorTime);
        }
        Assert.True(process.ExitCode == 0, await said + await fault);
        _figures.Add(work, $"{Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s", "", FormattableString.Invariant($"{processor.TotalSeconds:0.0} s CPU, at most {memory >> 10} MB"));
    }

    private static long? Peak(int pid)
    {
        try
        {
            return File.ReadLines($"/proc/{pid}/status").FirstOrDefault(line => line.StartsWith("VmHWM:", StringComparison.Ordinal)) is { } line
                ? long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture)
                : null;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
