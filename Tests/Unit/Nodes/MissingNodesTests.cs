using ControlPlane.Nodes;
using Xunit;

namespace Tests.Unit.Nodes;

public sealed class MissingNodesTests
{
    private static readonly DateTimeOffset Start = NodeObjects.Start;
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(12);

    [Fact]
    public void Node_is_gone_after_it_was_missed_for_the_whole_delay()
    {
        var missing = MissingNodes.None.Look(["a", "b", ""], node => node == "b", Start).Look(["a", "b"], node => node == "b", Start.AddSeconds(11));
        Assert.False(missing.IsGone("a", Start.AddSeconds(11), Delay));
        Assert.True(missing.IsGone("a", Start.AddSeconds(12), Delay));
        Assert.False(missing.IsGone("b", Start.AddYears(1), Delay));
    }

    [Fact]
    public void Node_that_came_back_between_is_missed_anew()
    {
        var missing = MissingNodes.None.Look(["a"], _ => false, Start).Look(["a"], _ => true, Start.AddSeconds(5)).Look(["a"], _ => false, Start.AddSeconds(6));
        Assert.False(missing.IsGone("a", Start.AddSeconds(12), Delay));
        Assert.True(missing.IsGone("a", Start.AddSeconds(18), Delay));
    }
}
