using NodeActor.Agent;
using Xunit;

namespace Tests.Unit.NodesAgent;

public sealed class ProxyProgressTests
{
    [Fact]
    public void Nothing_is_reported_before_the_first_view_is_applied() => Assert.Equal(0, ProxyProgress.None.Want(5).Reported(9));

    [Fact]
    public void View_under_way_holds_the_report_back() => Assert.Equal(5, ProxyProgress.None.Want(5).Show(5).Want(8).Reported(12));

    [Fact]
    public void Everything_followed_is_applied_when_the_newest_view_is() => Assert.Equal(12, ProxyProgress.None.Want(5).Show(5).Reported(12));

    [Fact]
    public void Late_word_of_an_older_view_changes_nothing() => Assert.Equal(8, ProxyProgress.None.Want(8).Show(8).Show(5).Applied);
}
