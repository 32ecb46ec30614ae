using ControlPlane.Gateway.FlowControl;
using CsCheck;
using Xunit;

namespace Tests.Unit.Gateway.FlowControl;

/// <summary>That one flow can't keep another from its turn.</summary>
public sealed class FairQueuesTests
{
    [Fact]
    public void Who_asks_seldom_is_next_however_many_requests_another_has_waiting()
    {
        Assert.InRange(TurnOfTheQuietOne(new(64, 4, 1000)), 1, 5);

        // Each of the four queues of the loud one may be served once before. What makes the difference: with one queue for all it is the last.
        Assert.Equal(501, TurnOfTheQuietOne(new(1, 1, 1000)));
    }

    private static int TurnOfTheQuietOne(Queuing rules)
    {
        var queues = new FairQueues(rules);
        for (var i = 0; i < 500; i++) Assert.True(queues.TryAdd(Seat(ShuffleSharding.Flow("s", "loud"))));
        for (var i = 0; i < 50; i++) Serve(queues, 0.01);
        for (var i = 0; i < 50; i++) Assert.True(queues.TryAdd(Seat(ShuffleSharding.Flow("s", "loud"))));
        var quiet = Seat(ShuffleSharding.Flow("s", "quiet"));
        Assert.True(queues.TryAdd(quiet));
        var turn = 1;
        while (Serve(queues, 0.01) != quiet) turn++;
        return turn;
    }

    /// <summary>What counts is how long a seat is held, and not how often: with requests ten times as long a flow gets a tenth of the turns.</summary>
    [Fact]
    public void Flows_get_the_same_time_whatever_their_requests_take()
    {
        var queues = new FairQueues(new(64, 1, 1000));
        var (slow, quick) = (Flow(1), Flow(2));
        for (var i = 0; i < 600; i++)
        {
            queues.TryAdd(Seat(slow));
            queues.TryAdd(Seat(quick));
        }
        var served = new Dictionary<ulong, double> { [slow] = 0, [quick] = 0 };
        for (var i = 0; i < 300; i++)
        {
            var flow = queues.Next!.Flow;
            var seconds = flow == slow ? 1 : 0.1;
            Serve(queues, seconds);
            served[flow] += seconds;
        }
        Assert.InRange(served[slow] - served[quick], -1.2, 1.2);
    }

    [Fact]
    public void Time_away_is_not_saved_up()
    {
        var queues = new FairQueues(new(64, 1, 1000));
        var (steady, returns) = (Flow(1), Flow(2));
        for (var i = 0; i < 300; i++) queues.TryAdd(Seat(steady));
        for (var i = 0; i < 100; i++) Serve(queues, 1);
        for (var i = 0; i < 100; i++) queues.TryAdd(Seat(returns));
        var turns = Enumerable.Range(0, 40).Select(_ => Serve(queues, 1).Flow).Count(flow => flow == returns);
        Assert.InRange(turns, 19, 21);
    }

    [Fact]
    public void Full_queue_takes_nobody_and_whoever_leaves_makes_room()
    {
        var queues = new FairQueues(new(1, 1, 2));
        var (first, second) = (Seat(1), Seat(2));
        Assert.True(queues.TryAdd(first));
        Assert.True(queues.TryAdd(second));
        Assert.False(queues.TryAdd(Seat(3)));
        queues.Remove(first);
        Assert.True(queues.TryAdd(Seat(3)));
        Assert.Same(second, queues.Next);
        Assert.Equal(2, queues.Waiting);
    }

    [Fact]
    public void Hand_has_different_queues_and_every_hand_is_as_likely()
    {
        Gen.Select(Gen.ULong, Gen.Int[1, 200], Gen.Int[1, 12]).Sample((flow, deck, size) =>
        {
            var hand = ShuffleSharding.Hand(flow, deck, size);
            Assert.Equal(Math.Min(deck, size), hand.Distinct().Count());
            Assert.All(hand, card => Assert.InRange(card, 0, deck - 1));
        });
        var hands = Enumerable.Range(0, 6 * 5 * 4).Select(flow => string.Join(',', ShuffleSharding.Hand((ulong)flow, 6, 3))).CountBy(hand => hand).ToArray();
        Assert.Equal(20, hands.Length);
        Assert.All(hands, hand => Assert.Equal(6, hand.Value));
    }

    private static FlowSeat Serve(FairQueues queues, double seconds)
    {
        var seat = queues.Next!;
        queues.Start(seat);
        queues.End(seat, seconds);
        return seat;
    }

    // With hands of one, each of these has a queue of its own.
    private static ulong Flow(int queue) => (ulong)queue;

    private static FlowSeat Seat(ulong flow) => new(null, flow, 1);
}
