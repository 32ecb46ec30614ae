using Tests.Chaos.Lab;

namespace Tests.Chaos.Faults;

/// <summary>A member is killed, and started again.</summary>
internal sealed class KilledMember(Member member) : IFault
{
    public string Name => $"kill -9 of {member.Name}";

    public Member Member => member;

    public Task Inject() => member.Kill();

    public Task Heal()
    {
        member.Start();
        return Task.CompletedTask;
    }
}

/// <summary>A member is told to end, and started again.</summary>
internal sealed class StoppedMember(Member member) : IFault
{
    public string Name => $"stop of {member.Name}";

    public Task Inject() => member.Stop();

    public Task Heal()
    {
        member.Start();
        return Task.CompletedTask;
    }
}

/// <summary>A member stands still.</summary>
internal sealed class PausedMember(Member member) : IFault
{
    public string Name => $"pause of {member.Name}";

    public Task Inject() => member.Pause();

    public Task Heal() => member.Resume();
}

/// <summary>A member's disk is full.</summary>
internal sealed class FullMemberDisk(Member member) : IFault
{
    public string Name => $"full disk of {member.Name}";

    public Task Inject() => member.Disk.Fill();

    public Task Heal() => member.Disk.Free();
}

/// <summary>A member's wall clock is set, and later set right.</summary>
internal sealed class SteppedClock(FakeClock clock, TimeSpan by) : IFault
{
    public string Name => $"clock step of {by.TotalMinutes:+0;-0} min";

    public Task Inject() => Set(by);

    public Task Heal() => Set(TimeSpan.Zero);

    private Task Set(TimeSpan ahead)
    {
        clock.Set(ahead);
        return Task.CompletedTask;
    }
}
