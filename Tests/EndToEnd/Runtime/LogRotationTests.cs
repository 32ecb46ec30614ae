using System.Text.RegularExpressions;
using NodeActor.Pods;
using Tests.Support;
using Xunit;

namespace Tests.EndToEnd.Runtime;

/// <summary>Logs of real containers that outgrow their bounds.</summary>
public sealed class LogRotationTests(ContainerdFixture containerd) : IClassFixture<ContainerdFixture>
{
    private const int LargestLog = 20_000;
    private const int LogFiles = 3;
    private const int Last = 5000;

    [RootFact]
    public async Task Log_that_grows_too_large_is_cut_without_a_missing_line_and_the_oldest_part_goes()
    {
        await using var node = NodeUnderTest.Start(containerd, options => options with { LargestLog = LargestLog, LogFiles = LogFiles, RelistEvery = TimeSpan.FromSeconds(1) });
        var pod = TestPod.Script("talks", $"trap 'exit 0' TERM; i=0; while [ $i -lt {Last} ]; do i=$((i+1)); echo line $i; [ $((i % 100)) = 0 ] && sleep 0.1; done; while true; do sleep 0.1; done");
        node.Desire(pod);
        await node.UntilRunning(pod);
        var log = node.LogFile(pod, "main", 0);
        await node.UntilLog(pod, "complete and cut for the last time", () =>
            File.Exists(log) && new FileInfo(log).Length <= LargestLog && Parts(log).SelectMany(Lines).LastOrDefault() == Last);

        var kept = Parts(log);
        Assert.Equal(LogFiles, kept.Length);
        Assert.All(kept[..^1], part => Assert.True(new FileInfo(part).Length > LargestLog));
        var lines = kept.SelectMany(Lines).ToArray();
        Assert.True(lines[0] > 1);
        Assert.Equal(Enumerable.Range(lines[0], lines.Length), lines);
        node.Delete(pod, 1);
        await node.UntilStopped(pod);
    }

    /// <summary>The files of a log, oldest first.</summary>
    private static string[] Parts(string log) => [.. LogRotation.Older(log).Reverse(), log];

    private static int[] Lines(string part) => [.. Regex.Matches(File.ReadAllText(part), "line ([0-9]+)\n").Select(match => int.Parse(match.Groups[1].Value))];
}
