using System.Diagnostics;
using System.Globalization;
using Tests.Chaos.Faults;
using Tests.Chaos.Lab;
using Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace Tests.Chaos.Runs;

/// <summary>
/// The long run, <c>./actors soak</c>: rounds of random faults until <c>ACTORS_SOAK_MINUTES</c> are over, by a seed that is told and can be given as
/// <c>ACTORS_SOAK_SEED</c>. What happens is written to <c>ACTORS_SOAK_REPORT</c> as it happens.
/// </summary>
[Trait("Category", "Soak")]
[Collection(nameof(OneLabAtATime))]
public sealed class SoakTests(ITestOutputHelper output)
{
    private const int MostFiles = 10;
    private static readonly TimeSpan RoundTime = TimeSpan.FromSeconds(90);
    private static readonly string? ReportFile = Environment.GetEnvironmentVariable("ACTORS_SOAK_REPORT");
    private readonly Stopwatch _running = Stopwatch.StartNew();

    [RootFact]
    public async Task Three_members_under_random_faults_break_no_rule()
    {
        var minutes = Number("ACTORS_SOAK_MINUTES", 10);
        var seed = Number("ACTORS_SOAK_SEED", Random.Shared.Next(1_000_000));
        Tell($"seed {seed}, {minutes} minutes");
        await using var lab = await ChaosLab.Start(3, Tell);
        if (lab.Clock is null) Tell("no clock is set: the package faketime is not installed");
        var (draw, figures, written) = (new FaultDraw(lab, seed), new RunningFigures(), 0);
        for (var number = 1; _running.Elapsed < TimeSpan.FromMinutes(minutes); number++)
        {
            var round = await new ChaosRound(lab, number, HashCode.Combine(seed, number), Tell).Run(Faults(draw));
            figures.Add(round);
            Tell($"round {number}: {figures.Counts}");
            if (round.Violations.Count == 0) continue;
            foreach (var line in Report.Violations(round)) Tell(line);
            if (written++ < MostFiles) Tell($"seed {seed}, round {number}: everything is in {Report.Write(round)}");
        }
        foreach (var line in figures.Lines()) Tell(line);
        Assert.True(figures.Violations == 0, $"There were {figures.Violations} violations.");
    }

    private static IEnumerable<ScheduledFault> Faults(FaultDraw draw)
    {
        for (var running = Stopwatch.StartNew(); running.Elapsed < RoundTime;) yield return draw.Next();
    }

    private static int Number(string variable, int otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    private void Tell(string line)
    {
        line = string.Create(CultureInfo.InvariantCulture, $"{_running.Elapsed:hh\\:mm\\:ss} {line}");
        output.WriteLine(line);
        if (ReportFile is not null) File.AppendAllText(ReportFile, line + "\n");
    }
}
