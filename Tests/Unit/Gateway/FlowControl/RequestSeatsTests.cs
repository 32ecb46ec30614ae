using ControlPlane.Gateway.FlowControl;
using CsCheck;
using Tests.Support;
using Xunit;

namespace Tests.Unit.Gateway.FlowControl;

/// <summary>Who gets the seats of a server, and who waits.</summary>
public sealed class RequestSeatsTests
{
    private static readonly Queuing Usual = new(16, 4, 50);
    private readonly SteppedTime _time = new();

    [Fact]
    public void Level_has_its_part_and_who_comes_then_waits_for_one_that_ends()
    {
        var seats = Seats(20, Level("a", 1), Level("b", 3));
        var taken = Enumerable.Range(0, 5).Select(_ => seats.Ask("a", 1, 1)).ToArray();
        Assert.All(taken, seat => Assert.True(Got(seat)));
        var next = seats.Ask("a", 1, 1);
        Assert.Null(Got(next));
        Assert.True(Got(seats.Ask("b", 1, 1)));
        taken[0].Dispose();
        Assert.True(Got(next));
        taken[0].Dispose();
        Assert.Equal((5, 0), (Use(seats, "a").Executing, Use(seats, "a").Waiting));
    }

    [Fact]
    public void Level_without_queues_and_a_full_queue_refuse_at_once()
    {
        var seats = Seats(2, Level("a", 1, queuing: null), Level("b", 1, queuing: new(1, 1, 1)));
        var (first, second) = (seats.Ask("a", 1, 1), seats.Ask("a", 2, 1));
        Assert.Equal((true, false), (Got(first), Got(second)));
        first.Dispose();
        Assert.True(Got(seats.Ask("a", 2, 1)));
        seats.Ask("b", 1, 1);
        var waits = seats.Ask("b", 1, 1);
        Assert.False(Got(seats.Ask("b", 1, 1)));
        Assert.Null(Got(waits));
        Assert.False(Got(seats.Ask("unknown", 1, 1)));
        Assert.Equal((1L, 1L), (Use(seats, "a").Rejected, Use(seats, "b").Rejected));
    }

    [Fact]
    public void Who_has_waited_too_long_or_has_gone_gets_no_seat()
    {
        var seats = Seats(1, Level("a", 1));
        var first = seats.Ask("a", 1, 1);
        FlowSeat[] waiting = [.. Enumerable.Range(0, 3).Select(_ => seats.Ask("a", 1, 1))];
        Assert.True(seats.TimeOut(waiting[0]));
        waiting[1].Dispose();
        first.Dispose();
        Assert.Equal((false, false, true), (Got(waiting[0]), Got(waiting[1]), Got(waiting[2])));
        Assert.False(seats.TimeOut(waiting[2]));
        Assert.Equal((1L, 1L, 2L), (Use(seats, "a").TimedOut, Use(seats, "a").Cancelled, Use(seats, "a").Dispatched));
    }

    [Fact]
    public void Seats_nobody_uses_are_lent_and_come_back_first_to_whom_they_belong()
    {
        var seats = Seats(20, Level("lends", 1, lendable: 50), Level("borrows", 1), Level("may-not", 0, borrowing: 0));
        var borrowed = Enumerable.Range(0, 16).Select(_ => seats.Ask("borrows", 1, 1)).ToArray();
        Assert.Equal((15, 1), (Use(seats, "borrows").TakenSeats, Use(seats, "borrows").Waiting));
        var mine = Enumerable.Range(0, 6).Select(_ => seats.Ask("lends", 1, 1)).ToArray();
        Assert.Equal((5, 1), (Use(seats, "lends").TakenSeats, Use(seats, "lends").Waiting));
        borrowed[0].Dispose();
        Assert.True(Got(mine[5]));
        Assert.Null(Got(borrowed[15]));
        Assert.Null(Got(seats.Ask("may-not", 1, 1)));
    }

    [Fact]
    public void Borrowing_ends_where_the_level_says()
    {
        var seats = Seats(20, Level("lends", 1, lendable: 100), Level("borrows", 1, borrowing: 30));
        for (var i = 0; i < 20; i++) seats.Ask("borrows", 1, 1);
        Assert.Equal(13, Use(seats, "borrows").TakenSeats);
    }

    [Fact]
    public void Wide_request_is_not_passed_by_narrow_ones_that_borrow()
    {
        var seats = Seats(20, Level("wide", 1, lendable: 90), Level("narrow", 1));
        var narrow = new Queue<FlowSeat>(Enumerable.Range(0, 19).Select(_ => seats.Ask("narrow", 1, 1)));
        var wide = seats.Ask("wide", 1, 100);
        for (var i = 0; i < 30 && !wide.Admitted.IsCompleted; i++)
        {
            narrow.Enqueue(seats.Ask("narrow", 1, 1));
            narrow.Dequeue().Dispose();
        }
        Assert.True(Got(wide));
        Assert.Equal(10, Use(seats, "wide").TakenSeats);
    }

    [Fact]
    public void New_settings_hold_for_those_who_wait()
    {
        var seats = Seats(4, Level("a", 1), Level("b", 3));
        var first = seats.Ask("a", 1, 1);
        var second = seats.Ask("a", 1, 1);
        var wide = seats.Ask("b", 1, 3);
        var later = seats.Ask("b", 1, 3);
        seats.Configure([Level("a", 2), Level("b", 2)]);

        // What others have in excess comes first: there are four seats in all.
        Assert.Null(Got(second));
        wide.Dispose();
        Assert.Equal((true, true), (Got(second), Got(later)));
        Assert.Equal(2, Use(seats, "b").TakenSeats);
        var refused = seats.Ask("a", 1, 1);
        seats.Configure([Level("b", 1)]);
        Assert.False(Got(refused));
        first.Dispose();
    }

    /// <summary>Whatever comes, goes and changes: no more seats are taken than there are, nobody waits beside seats of its own, and everybody gets an answer.</summary>
    [Fact]
    public void Seats_are_never_exceeded_and_nobody_is_forgotten() =>
        Gen.Select(Gen.Int[1, 30], GenLevel.Array[1, 5], Gen.Select(Gen.Int[0, 9], Gen.Int[0, 99], Gen.Int[1, 12]).Array[1, 120]).Sample((total, levels, steps) =>
        {
            PriorityLevel[] named = [.. levels.Select((level, i) => level with { Name = $"l{i}" })];
            var seats = Seats(total, named);
            var open = new List<FlowSeat>();
            foreach (var (what, which, width) in steps)
            {
                if (what < 6) open.Add(seats.Ask(named[which % named.Length].Name, (ulong)(which % 7), width));
                else if (open.Count > 0)
                {
                    var seat = open[which % open.Count];
                    open.Remove(seat);
                    if (what < 9 || !seats.TimeOut(seat)) seat.Dispose();
                }
                AssertSound(seats.Uses(), named);
            }
            while (open.FirstOrDefault(seat => seat.Admitted.IsCompleted) is { } ends)
            {
                open.Remove(ends);
                ends.Dispose();
                AssertSound(seats.Uses(), named);
            }
            Assert.All(seats.Uses(), use => Assert.Equal((0, 0), (use.TakenSeats, use.Executing)));

            // Only at a level without a seat that borrows none somebody may wait for ever.
            Assert.All(seats.Uses().Where(use => use.Seats > 0), use => Assert.Equal(0, use.Waiting));
            foreach (var seat in open) seat.Dispose();
            Assert.All(seats.Uses(), use => Assert.Equal(0, use.Waiting));
        });

    private static Gen<PriorityLevel> GenLevel => Gen.Select(Gen.Int[0, 4], Gen.Int[0, 100], Gen.Int[-1, 100], Gen.Bool)
        .Select((shares, lendable, borrowing, queues) => Level("", shares, lendable, borrowing < 0 ? null : borrowing, queues ? new(4, 2, 3) : null));

    private static void AssertSound(IReadOnlyList<LevelUse> uses, PriorityLevel[] levels)
    {
        Assert.True(uses.Sum(use => use.TakenSeats) <= uses.Sum(use => use.Seats), "more seats are taken than there are");
        foreach (var use in uses)
        {
            var own = use.Seats - (int)Math.Round(use.Seats * levels.Single(level => level.Name == use.Name).LendablePercent / 100.0);
            Assert.True(use.Waiting == 0 || use.TakenSeats > 0 || own == 0 || uses.Any(other => other.TakenSeats > 0), $"{use.Name} waits beside empty seats");
        }
    }

    /// <summary>Whether the request has got its seats, or none; null while it waits.</summary>
    private static bool? Got(FlowSeat seat) => seat.Admitted.IsCompletedSuccessfully ? seat.Admitted.Result : null;

    private static LevelUse Use(RequestSeats seats, string level) => seats.Uses().Single(use => use.Name == level);

    private RequestSeats Seats(int total, params PriorityLevel[] levels)
    {
        var seats = new RequestSeats(total, _time);
        seats.Configure(levels);
        return seats;
    }

    private static PriorityLevel Level(string name, int shares, int lendable = 0, int? borrowing = null) => Level(name, shares, lendable, borrowing, Usual);

    private static PriorityLevel Level(string name, int shares, Queuing? queuing) => Level(name, shares, 0, null, queuing);

    private static PriorityLevel Level(string name, int shares, int lendable, int? borrowing, Queuing? queuing) =>
        new() { Name = name, Uid = "", IsExempt = false, Shares = shares, LendablePercent = lendable, BorrowingLimitPercent = borrowing, Queuing = queuing };
}
