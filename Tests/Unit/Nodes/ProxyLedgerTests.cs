using ControlPlane.Nodes;
using Xunit;

namespace Tests.Unit.Nodes;

public sealed class ProxyLedgerTests
{
    private readonly ProxyLedger _ledger = new();

    [Fact]
    public void Every_live_agent_with_a_proxy_must_have_come_so_far()
    {
        var nodes = new[] { NodeObjects.Node("a"), NodeObjects.Node("b"), NodeObjects.Node("none"), NodeObjects.Node("lost", ready: "Unknown"), NodeObjects.Node("external", epoch: 0) };
        _ledger.Note(new("none"), 1, -1);
        _ledger.Note(new("a"), 1, 10);
        Assert.False(_ledger.HasReached(10, nodes));
        _ledger.Note(new("b"), 1, 9);
        Assert.False(_ledger.HasReached(10, nodes));
        _ledger.Note(new("b"), 1, 12);
        Assert.True(_ledger.HasReached(10, nodes));
        Assert.False(_ledger.HasReached(11, nodes));
    }

    [Fact]
    public void What_an_earlier_epoch_said_does_not_count()
    {
        _ledger.Note(new("a"), 1, 10);
        Assert.False(_ledger.HasReached(5, [NodeObjects.Node("a", epoch: 2)]));
        Assert.True(_ledger.Note(new("a"), 2, 3));
        Assert.False(_ledger.Note(new("a"), 1, 10));
        Assert.False(_ledger.HasReached(5, [NodeObjects.Node("a", epoch: 2)]));
    }
}
