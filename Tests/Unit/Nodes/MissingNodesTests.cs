using ControlPlane.Nodes.Orphans;
using Xunit;

namespace Tests.Unit.Nodes;

public sealed class MissingNodesTests
{
    private static readonly TimeSpan Start = TimeSpan.FromHours(1);
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(12);

    [Fact]
    public void Node_is_gone_after_it_was_missed_for_the_whole_delay()
    {
        var missing = MissingNodes.None.Look(["a", "b", ""], node => node == "b", Start).Look(["a", "b"], node => node == "b", After(11));
        Assert.False(missing.IsGone("a", After(11), TimeSpan.Zero, Delay));
        Assert.True(missing.IsGone("a", After(12), TimeSpan.Zero, Delay));
        Assert.False(missing.IsGone("b", After(1e7), TimeSpan.Zero, Delay));
    }

    [Fact]
    public void Node_that_came_back_between_is_missed_anew()
    {
        var missing = MissingNodes.None.Look(["a"], _ => false, Start).Look(["a"], _ => true, After(5)).Look(["a"], _ => false, After(6));
        Assert.False(missing.IsGone("a", After(12), TimeSpan.Zero, Delay));
        Assert.True(missing.IsGone("a", After(18), TimeSpan.Zero, Delay));
    }

    [Fact]
    public void Time_the_process_slept_through_does_not_count()
    {
        var missing = MissingNodes.None.Look(["a"], _ => false, Start);
        Assert.False(missing.IsGone("a", After(20), awakeSince: After(19), Delay));
        Assert.True(missing.IsGone("a", After(31), awakeSince: After(19), Delay));
    }

    private static TimeSpan After(double seconds) => Start + TimeSpan.FromSeconds(seconds);
}
