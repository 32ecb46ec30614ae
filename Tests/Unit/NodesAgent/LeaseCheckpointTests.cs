using NodeActor.Agent;
using Shared.Api;
using Xunit;

namespace Tests.Unit.NodesAgent;

public sealed class LeaseCheckpointTests
{
    private static readonly LeaseCheckpoint Checkpoint = new("boot", 7, TimeSpan.FromTicks(123_456_789), TimeSpan.FromSeconds(2), [new("default", "db-0", "uid")]);

    [Fact]
    public void Checkpoint_is_read_as_written()
    {
        var read = LeaseCheckpoint.Parse(Checkpoint.ToJson())!;
        Assert.Equal(Checkpoint with { Exclusive = [] }, read with { Exclusive = [] });
        Assert.Equal(Checkpoint.Exclusive.AsEnumerable(), read.Exclusive);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("""{ "BootId": "x" }""")]
    [InlineData("""{ "BootId": "x", "Epoch": "y" }""")]
    public void Anything_else_is_no_checkpoint(string text) => Assert.Null(LeaseCheckpoint.Parse(System.Text.Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void Lease_that_an_earlier_agent_left_ends_when_it_did()
    {
        var lease = AgentLease.LeftBy(Checkpoint);
        Assert.False(lease.IsRegistered);
        Assert.False(lease.IsLost(Checkpoint.HeldUntil - TimeSpan.FromTicks(1)));
        Assert.True(lease.IsLost(Checkpoint.HeldUntil));
    }

    [Fact]
    public void Pod_waits_until_a_checkpoint_that_names_it_is_saved()
    {
        var (one, two) = (new PodUid("1"), new PodUid("2"));
        var fence = AgentFence.None.Add(one, new("", "pods", "default", "a"), saves: true).Saving().Add(two, new("", "pods", "default", "b"), saves: true).Saving();
        var (after, started) = fence.Saved(1);
        Assert.Equal(one, Assert.Single(started));
        Assert.Equal(two, Assert.Single(after.Saved(2).Pods));
        Assert.Empty(after.Remove(two).Saved(2).Pods);
    }

    [Fact]
    public void Boot_clock_goes_on_with_the_machine()
    {
        if (!OperatingSystem.IsLinux()) return;
        var uptime = double.Parse(File.ReadAllText("/proc/uptime").Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(BootClock.System.GetElapsedTime(0).TotalSeconds, uptime, uptime + 60);
        Assert.Equal(File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim(), BootClock.BootId);
    }
}
