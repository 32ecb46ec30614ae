using Tests.Chaos.Faults;
using Tests.Chaos.Lab;
using Tests.EndToEnd.CommandLine;
using Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace Tests.Chaos.Runs;

/// <summary>Three control planes on PostgreSQL, with clients at work and faults that come and go: two minutes of what the soak does for hours.</summary>
[Collection(nameof(TemporaryCluster))]
public sealed class ChaosTests(ITestOutputHelper output)
{
    [RootFact]
    public async Task Three_members_under_every_kind_of_fault_break_no_rule()
    {
        await using var lab = await ChaosLab.Start(3, output.WriteLine);
        var round = await new ChaosRound(lab, 1, 1, output.WriteLine).Run(Faults(lab));
        var figures = new RunningFigures();
        figures.Add(round);
        foreach (var line in figures.Lines().Concat(Report.Unknown(round))) output.WriteLine(line);
        if (round.Violations.Count > 0) Assert.Fail($"{string.Join('\n', Report.Violations(round))}\nEverything is in {Report.Write(round)}");
    }

    private static IEnumerable<ScheduledFault> Faults(ChaosLab lab)
    {
        var (one, two, three) = (lab.Members[0], lab.Members[1], lab.Members[2]);
        yield return For(new NoFault(), 5);
        yield return For(new KilledMember(one), 2);
        yield return For(new KilledMember(two), 2);
        yield return For(new StoppedMember(three), 2);
        yield return For(new PausedMember(two), 6);
        yield return For(new CutNetwork(lab.Network, three.Name, one.Name, two.Name), 6);
        yield return For(new CutNetwork(lab.Network, one.Name, lab.DatabasePlace), 6);
        yield return For(new SlowNetwork(lab.Network, two.Name), 4);
        yield return For(new KilledConnections(lab.Database, lab.ConnectionString), 1);
        yield return For(new StalledDatabase(lab.Database), 4);
        yield return For(new CrashedDatabase(lab.Database), 2);
        yield return For(new FullMemberDisk(three), 3);
        yield return For(new FullDatabaseDisk(lab.DatabaseDrive, lab.Database), 3);
        if (lab.Clock is { } clock) yield return For(new SteppedClock(clock, TimeSpan.FromMinutes(61)), 3);
        yield return For(new FaultPair(new KilledMember(one), new KilledConnections(lab.Database, lab.ConnectionString)), 2);
    }

    private static ScheduledFault For(IFault fault, int seconds) => new(fault, TimeSpan.FromSeconds(seconds), TimeSpan.FromSeconds(2));
}
