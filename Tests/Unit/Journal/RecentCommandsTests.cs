using ControlPlane.Journal;
using ControlPlane.Objects;
using Xunit;

namespace Tests.Unit.Journal;

public sealed class RecentCommandsTests
{
    [Fact]
    public void Oldest_are_forgotten_and_it_says_how_far_back_it_knows()
    {
        var commands = new RecentCommands(room: 3);
        for (var i = 1; i <= 5; i++) commands.Add(By(100 + i), i);
        Assert.Equal(2, commands.Since);
        Assert.False(commands.TryGet(102, out _));
        for (var i = 3; i <= 5; i++) Assert.True(commands.TryGet(100 + i, out var at) && at == new RecentCommand(i, false));
    }

    [Fact]
    public void Repeats_and_events_without_a_command_take_no_room()
    {
        var commands = new RecentCommands(room: 2);
        for (var i = 0; i < 5; i++)
        {
            commands.Add(By(7), 1);
            commands.Add(By(0), 2);
        }
        commands.Add(By(8), 3);
        Assert.Equal(0, commands.Since);
        Assert.True(commands.TryGet(7, out _));
        Assert.False(commands.TryGet(0, out _));
    }

    [Fact]
    public void What_was_never_seen_is_older_than_what_is_known()
    {
        var commands = new RecentCommands();
        commands.Missed(40);
        commands.Missed(30);
        Assert.Equal(40, commands.Since);
    }

    [Fact]
    public void Withdrawn_command_is_known_as_one()
    {
        var commands = new RecentCommands();
        commands.Add(By(7) with { Verb = WithdrawCommand.Verb }, 3);
        commands.Add(By(7), 4);
        Assert.True(commands.TryGet(7, out var found));
        Assert.Equal(new RecentCommand(3, true), found);
    }

    private static WriteAudit By(long command) => new("", "patch", "", default) { Command = command };
}
