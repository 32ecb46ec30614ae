using ControlPlane.Nodes.Drains;
using CsCheck;
using Xunit;

namespace Tests.Unit.Nodes.Drains;

public sealed class ProxyLedgerTests
{
    private readonly ProxyLedger _ledger = new();

    [Fact]
    public void Every_live_agent_with_a_proxy_must_have_come_so_far()
    {
        _ledger.ShowAll([NodeObjects.Node("a"), NodeObjects.Node("b"), NodeObjects.Node("none"), NodeObjects.Node("lost", ready: "Unknown"), NodeObjects.Node("external", epoch: 0)]);
        _ledger.Note(new("none"), 1, -1);
        _ledger.Note(new("a"), 1, 10);
        Assert.Equal(0, _ledger.Watermark);
        _ledger.Note(new("b"), 1, 9);
        Assert.Equal(9, _ledger.Watermark);
        _ledger.Note(new("b"), 1, 12);
        Assert.Equal(10, _ledger.Watermark);
    }

    [Fact]
    public void Nobody_holds_up_where_there_is_no_proxy() => Assert.Equal(long.MaxValue, _ledger.Watermark);

    [Fact]
    public void What_an_earlier_epoch_said_does_not_count()
    {
        _ledger.Note(new("a"), 1, 10);
        _ledger.Show(NodeObjects.Node("a", epoch: 2));
        Assert.Equal(0, _ledger.Watermark);
        _ledger.Note(new("a"), 2, 3);
        _ledger.Note(new("a"), 1, 10);
        Assert.Equal(3, _ledger.Watermark);
    }

    [Fact]
    public void Node_that_is_lost_or_gone_holds_nobody_up()
    {
        _ledger.ShowAll([NodeObjects.Node("a"), NodeObjects.Node("b")]);
        _ledger.Note(new("a"), 1, 10);
        _ledger.Show(NodeObjects.Node("b", ready: "Unknown"));
        Assert.Equal(10, _ledger.Watermark);
        _ledger.Show(NodeObjects.Node("b"));
        Assert.Equal(0, _ledger.Watermark);
        _ledger.Forget("b");
        Assert.Equal(10, _ledger.Watermark);
        _ledger.ShowAll([]);
        Assert.Equal(long.MaxValue, _ledger.Watermark);
    }

    /// <summary>The watermark is the least of what the live nodes' proxies said in their current epoch, in whichever order it was learned.</summary>
    [Fact]
    public void Watermark_is_that_of_the_slowest_whatever_the_order() =>
        Gen.Select(Gen.Int[0, 3], Gen.Int[0, 4], Gen.Int[1, 3], Gen.Int[-1, 20]).Array[1, 60].Sample(steps =>
        {
            var ledger = new ProxyLedger();
            var shown = new Dictionary<string, long>();
            var told = new Dictionary<string, (long Epoch, long Revision)>();
            foreach (var (what, node, epoch, revision) in steps)
            {
                var name = $"n{node}";
                if (what == 0)
                {
                    ledger.Show(NodeObjects.Node(name, epoch: epoch));
                    shown[name] = epoch;
                }
                else if (what == 1)
                {
                    ledger.Show(NodeObjects.Node(name, ready: "Unknown", epoch: epoch));
                    shown.Remove(name);
                }
                else
                {
                    ledger.Note(new(name), epoch, revision);
                    if (!told.TryGetValue(name, out var before) || before.Epoch <= epoch) told[name] = (epoch, revision);
                }
                var slowest = shown.Select(live => told.TryGetValue(live.Key, out var last) && last.Epoch == live.Value ? last.Revision : 0).Where(at => at >= 0).DefaultIfEmpty(long.MaxValue).Min();
                Assert.Equal(slowest, ledger.Watermark);
            }
        }, iter: 500);
}
