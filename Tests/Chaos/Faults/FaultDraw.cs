using Tests.Chaos.Lab;

namespace Tests.Chaos.Faults;

/// <summary>Draws one fault after the other, mostly kills: what is proved by counting them.</summary>
internal sealed class FaultDraw(ChaosLab lab, int seed)
{
    private readonly Random _random = new(seed);

    /// <summary>The next one. Some come before the cluster has recovered from the last, some two at once.</summary>
    public ScheduledFault Next()
    {
        var fault = One();
        if (_random.Next(6) == 0 && One() is var other && other.GetType() != fault.GetType()) fault = new FaultPair(fault, other);
        return new(fault, Lasting(fault), Seconds(1, 5), UntilReady: _random.Next(5) > 0);
    }

    private IFault One()
    {
        var (member, others) = Members();
        return _random.Next(100) switch
        {
            < 55 => new KilledMember(member),
            < 60 => new StoppedMember(member),
            < 68 => new PausedMember(member),
            < 74 => new CutNetwork(lab.Network, member.Name, others),
            < 78 => new CutNetwork(lab.Network, member.Name, others[0]),
            < 83 => new CutNetwork(lab.Network, member.Name, lab.DatabasePlace),
            < 86 => new SlowNetwork(lab.Network, _random.Next(3) == 0 ? lab.DatabasePlace : member.Name),
            < 89 => new CrashedDatabase(lab.Database),
            < 91 => new StalledDatabase(lab.Database),
            < 94 => new KilledConnections(lab.Database, lab.ConnectionString),
            < 96 => new FullMemberDisk(member),
            < 98 => new FullDatabaseDisk(lab.DatabaseDrive, lab.Database),
            _ when lab.Clock is { } clock => new SteppedClock(clock, TimeSpan.FromMinutes(_random.Next(2) == 0 ? 61 : -61)),
            _ => new KilledMember(member),
        };
    }

    private TimeSpan Lasting(IFault fault) => fault switch
    {
        KilledMember or StoppedMember => Seconds(0.5, 4),
        PausedMember => _random.Next(6) == 0 ? Seconds(20, 60) : Seconds(5, 12),
        KilledConnections => Seconds(0, 1),
        CrashedDatabase or FullDatabaseDisk => Seconds(1, 6),
        _ => Seconds(3, 15),
    };

    private (Member Member, string[] Others) Members()
    {
        var member = lab.Members[_random.Next(lab.Members.Count)];
        return (member, [.. lab.Members.Where(other => other != member).Select(other => other.Name)]);
    }

    private TimeSpan Seconds(double least, double most) => TimeSpan.FromSeconds(least + ((most - least) * _random.NextDouble()));
}
