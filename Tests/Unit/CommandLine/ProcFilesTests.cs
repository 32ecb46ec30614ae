using ControlPlane.CommandLine.Clusters;
using Shared.Processes;
using Xunit;

namespace Tests.Unit.CommandLine;

public sealed class ProcFilesTests
{
    [Theory]
    [InlineData(4194560, 0, false)]
    [InlineData(4194560, 0x100, true)]
    [InlineData(4194560, 0x4000, false)]
    [InlineData(4194564, 0, true)]
    public void Stat_command_with_blanks_and_parentheses_is_skipped_and_one_that_was_killed_is_known(uint flags, int pending, bool dying)
    {
        var stat = ProcessStat.Parse($"4711 (a) (b c) R 17 4711 4711 0 -1 {flags} 1 2 3 4 5 6 7 8 20 0 1 0 123456 99 0 18446744073709551615 1 2 3 4 5 {pending} 0 0 0 0 0 0 17 1 0 0 0 0 0");

        Assert.Equal(new ProcessStat('R', 17, 123456, dying), stat);
    }

    [Fact]
    public void Identity_of_a_running_process_is_alive_and_of_another_start_is_not()
    {
        if (!OperatingSystem.IsLinux()) return;
        var own = ProcessIdentity.Of(Environment.ProcessId)!.Value;

        Assert.True(own.IsAlive);
        Assert.False((own with { StartTime = own.StartTime + 1 }).IsAlive);
    }

    [Fact]
    public void Identity_survives_its_pid_file()
    {
        var file = Path.GetTempFileName();
        try
        {
            var identity = new ProcessIdentity(12, 3456);
            File.WriteAllText(file, identity + "\n");
            Assert.Equal(identity, ProcessIdentity.Load(file));

            File.WriteAllText(file, "spoiled");
            Assert.Null(ProcessIdentity.Load(file));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Mounts_are_read_with_their_escapes()
    {
        var mounts = MountTable.Parse(
        [
            @"36 35 98:0 /mnt1 /run/a\040b rw,noatime master:1 - ext3 /dev/root rw,errors=continue",
            "412 28 0:4 net:[4026532008] /run/netns/ak12-n1 rw shared:12 - nsfs nsfs rw",
        ]);

        Assert.Equal([new Mount("/mnt1", "/run/a b", "ext3"), new Mount("net:[4026532008]", "/run/netns/ak12-n1", "nsfs")], mounts);
    }
}
