using NodeActor.Agent;
using Shared.Protocol;
using Xunit;

namespace Tests.Unit.NodesAgent;

/// <summary>One sample as the messages that carry it.</summary>
public sealed class UsageReportsTests
{
    private static readonly NodeUse Own = new(DateTimeOffset.UnixEpoch, TimeSpan.FromSeconds(15), 1, 2);

    [Fact]
    public void Sample_is_one_report() => Assert.Equal([(true, 2)], Reports(Own, Pod("a", 1), Pod("b", 2)));

    [Fact]
    public void Nothing_known_is_no_report()
    {
        Assert.Empty(Reports(null));
        Assert.Equal([(true, 0)], Reports(Own));
        Assert.Equal([(false, 1)], Reports(null, Pod("a", 1)));
    }

    [Fact]
    public void Very_many_containers_are_several_reports_the_first_of_them_with_the_nodes_own()
    {
        var half = NodeProtocol.MaxUsedContainers / 2;
        Assert.Equal([(true, 2), (false, 1), (false, 1), (false, 1)], Reports(Own, Pod("a", half), Pod("b", half), Pod("c", 1), Pod("huge", 3 * half), Pod("d", 1)));
    }

    private static (bool Own, int Pods)[] Reports(NodeUse? own, params PodUse[] pods) =>
        [.. UsageReports.Of(new("node-1"), 7, own, [.. pods]).Select(report => (report.Own is not null, report.Pods.Length))];

    private static PodUse Pod(string uid, int containers) =>
        new(new(uid), DateTimeOffset.UnixEpoch, TimeSpan.FromSeconds(15), [.. Enumerable.Range(0, containers).Select(i => new ContainerUse($"c{i}", 1, 2))]);
}
