using NodeActor.Agent.Health;
using Xunit;

namespace Tests.Unit.NodesAgent;

/// <summary>What a machine uses, from what its kernel counts.</summary>
public sealed class MachineUseTests
{
    private static readonly DateTimeOffset Shown = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    [Fact]
    public void Busy_time_is_all_but_idle_waiting_and_stolen_time_and_counts_guests_once() =>
        Assert.Equal(TimeSpan.FromSeconds(1 + 2 + 3 + 6 + 7), MachineCounters.ParseCpu(["cpu  100 200 300 40000 50000 600 700 80000 100 200", "cpu0 1 1 1 1 1 1 1 1 1 1"]));

    [Theory]
    [InlineData("")]
    [InlineData("cpu0 1 2 3 4 5 6 7 8 9 10")]
    public void Counters_that_are_not_there_are_an_error(string line) => Assert.Throws<IOException>(() => MachineCounters.ParseCpu([line]));

    [Fact]
    public void Memory_in_use_is_what_programs_could_not_have()
    {
        Assert.Equal(3 << 20, MachineCounters.ParseMemory(["MemTotal:        4096 kB", "MemFree:          100 kB", "MemAvailable:    1024 kB"]));
        Assert.Throws<IOException>(() => MachineCounters.ParseMemory(["MemTotal: 4096 kB"]));
    }

    [Fact]
    public void Use_is_the_busy_time_of_two_looks_over_elapsed_time()
    {
        var (first, none) = MachineUse.None.Next(new(TimeSpan.FromSeconds(100), 1), TimeSpan.FromSeconds(10), Shown, Longest);
        Assert.Null(none);
        var (_, use) = first.Next(new(TimeSpan.FromSeconds(130), 2), TimeSpan.FromSeconds(25), Shown, Longest);
        Assert.Equal(new(Shown, TimeSpan.FromSeconds(15), 2_000_000_000, 2), use);
    }

    [Theory]
    [InlineData(99, 25)]
    [InlineData(130, 10)]
    [InlineData(130, 71)]
    public void Counter_that_went_back_and_time_that_did_not_pass_or_passed_for_too_long_say_nothing(double busy, double now)
    {
        var (first, _) = MachineUse.None.Next(new(TimeSpan.FromSeconds(100), 1), TimeSpan.FromSeconds(10), Shown, Longest);
        var (next, use) = first.Next(new(TimeSpan.FromSeconds(busy), 1), TimeSpan.FromSeconds(now), Shown, Longest);
        Assert.Null(use);
        Assert.NotNull(next.Next(new(TimeSpan.FromSeconds(busy + 1), 1), TimeSpan.FromSeconds(now + 15), Shown, Longest).Use);
    }

    [Fact]
    public void This_machine_tells()
    {
        if (!OperatingSystem.IsLinux()) return;
        var seen = MachineCounters.Read();
        Assert.True(seen.Cpu > TimeSpan.Zero && seen.MemoryBytes > 0);
    }
}
