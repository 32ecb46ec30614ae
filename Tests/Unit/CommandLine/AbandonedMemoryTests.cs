using ControlPlane.CommandLine.Clusters;
using Xunit;

namespace Tests.Unit.CommandLine;

public sealed class AbandonedMemoryTests : IDisposable
{
    private static readonly string[] Server = ["4711", "/d/postgres", "1795754562", "5432", "/run/s", "", "4294967295     32777", "ready   "];
    private readonly string _data = Directory.CreateTempSubdirectory("memory-").FullName;

    private string PidFile => Path.Combine(_data, "postmaster.pid");

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Theory]
    [InlineData("        -1      32777   600          56  4711  4712      0   101", true, false)]
    [InlineData("        -1      32777   600          56  4711  4712      1   101", true, true)]
    [InlineData("        -1      32777   600          56  4999  4712      0   101", false, false)]
    [InlineData("        -1      32778   600          56  4711  4712      0   101", false, false)]
    [InlineData("         3      32777   600          56  4711  4712      0   101", false, false)]
    public void Segment_is_the_servers_only_if_key_id_and_maker_are(string line, bool found, bool inUse)
    {
        var segment = AbandonedMemory.Segment(Server, ["       key      shmid perms                  size  cpid  lpid nattch   uid", line]);

        Assert.Equal(found ? ("32777", inUse) : null, segment);
    }

    [Fact]
    public void A_server_that_noted_no_segment_has_none() => Assert.Null(AbandonedMemory.Segment(Server[..6], ["-1 32777 600 56 4711 4712 0 101"]));

    [Fact]
    public async Task What_a_living_server_noted_stays_and_what_a_dead_one_did_goes()
    {
        await File.WriteAllLinesAsync(PidFile, Server.Skip(1).Prepend($"{Environment.ProcessId}"));
        Assert.False(await AbandonedMemory.TryRemove(_data, default));
        Assert.True(File.Exists(PidFile));

        await File.WriteAllLinesAsync(PidFile, Server.Skip(1).Prepend($"{int.MaxValue}"));
        Assert.True(await AbandonedMemory.TryRemove(_data, default));
        Assert.False(File.Exists(PidFile));
        Assert.True(await AbandonedMemory.TryRemove(_data, default));
    }
}
