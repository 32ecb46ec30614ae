using System.Collections.Immutable;

namespace ControlPlane.Gateway.FlowControl;

/// <summary>How a priority level is used, since the start where a number only grows.</summary>
internal sealed record LevelUse(string Name, int Seats, int ActiveQueues, int Waiting, int Executing, int TakenSeats, long Dispatched, long Rejected, long TimedOut, long Cancelled);

/// <summary>
/// The seats of one server, shared out among the priority levels. A level has its part of them, of which what it may lend lies in a pool for all: it takes its own seats first, then from the
/// pool, as far as it may borrow. While a level waits for seats that it has lent, nobody borrows. A level's part is rounded up, and no more seats than all parts together are ever taken.
/// Thread-safe.
/// </summary>
/// <param name="total">How many seats there are.</param>
/// <param name="time">What requests are timed by.</param>
internal sealed class RequestSeats(int total, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Level> _levels = new(StringComparer.Ordinal);
    private ImmutableArray<Level> _order = [];
    private int _pool;
    private uint _turn;

    /// <summary>Takes the levels as they are now. Who waits at one that is gone is refused: its client comes again and is judged anew.</summary>
    public void Configure(IReadOnlyCollection<PriorityLevel> levels)
    {
        lock (_lock)
        {
            var shares = Math.Max(1, levels.Sum(level => (long)level.Shares));
            foreach (var gone in _levels.Keys.Except(levels.Select(level => level.Name)).ToArray())
            {
                foreach (var seat in _levels[gone].Queues.Clear()) Refuse(seat);
                _levels.Remove(gone);
            }
            _pool = 0;
            foreach (var settings in levels)
            {
                var nominal = (int)((total * (long)settings.Shares + shares - 1) / shares);
                var lendable = (int)Math.Round(nominal * settings.LendablePercent / 100.0);
                if (!_levels.TryGetValue(settings.Name, out var level)) _levels[settings.Name] = level = new(settings);
                foreach (var seat in level.Change(settings, nominal, lendable)) Refuse(seat);
                _pool += lendable;
            }
            _order = [.. _levels.Values.OrderBy(level => level.Name, StringComparer.Ordinal)];
            Dispatch();
        }
    }

    /// <summary>Asks for seats, which the answer waits for, has, or is refused at once.</summary>
    /// <param name="level">The name of a level that is not exempt.</param>
    /// <param name="flow">Whose request it is.</param>
    /// <param name="width">How many seats it takes; no more than the level has are given.</param>
    public FlowSeat Ask(string level, ulong flow, int width)
    {
        var seat = new FlowSeat(this, flow, width);
        lock (_lock)
        {
            if (!_levels.TryGetValue(level, out var found))
            {
                seat.State = SeatState.Gone;
                seat.Tell(admitted: false);
                return seat;
            }
            seat.Level = found;
            if (!found.TryAdd(seat)) Refuse(seat);
            else
            {
                Dispatch();
                if (seat.State is SeatState.Waiting && !found.MayWait)
                {
                    found.Queues.Remove(seat);
                    Refuse(seat);
                }
            }
        }
        return seat;
    }

    /// <summary>Ends a wait that has lasted too long. False if there are seats by now.</summary>
    public bool TimeOut(FlowSeat seat)
    {
        lock (_lock)
        {
            if (seat.State is not SeatState.Waiting) return false;
            seat.Level!.TimedOut++;
            Withdraw(seat);
            return true;
        }
    }

    /// <summary>A request has ended, or does not wait any more. What it says a second time means nothing.</summary>
    public void Leave(FlowSeat seat)
    {
        lock (_lock)
        {
            switch (seat.State)
            {
                case SeatState.Waiting:
                    seat.Level!.Cancelled++;
                    Withdraw(seat);
                    break;
                case SeatState.Running:
                    seat.State = SeatState.Gone;
                    seat.Level!.Taken -= seat.Width;
                    seat.Level.Executing--;
                    seat.Queues!.End(seat, time.GetElapsedTime(seat.StartedAt).TotalSeconds);
                    Dispatch();
                    break;
            }
        }
    }

    /// <summary>How all levels are used, in the order of their names.</summary>
    public IReadOnlyList<LevelUse> Uses()
    {
        lock (_lock) return [.. _order.Select(level => level.Use)];
    }

    private static void Refuse(FlowSeat seat)
    {
        seat.State = SeatState.Gone;
        seat.Level!.Rejected++;
        seat.Tell(admitted: false);
    }

    private void Withdraw(FlowSeat seat)
    {
        seat.State = SeatState.Gone;
        seat.Queues!.Remove(seat);
        seat.Tell(admitted: false);
        Dispatch();
    }

    private void Dispatch()
    {
        while (Choose() is { } level)
        {
            var seat = level.Queues.Next!;
            level.Queues.Start(seat);
            seat.State = SeatState.Running;
            seat.StartedAt = time.GetTimestamp();
            level.Taken += seat.Width;
            level.Executing++;
            level.Dispatched++;
            seat.Tell(admitted: true);
            _turn++;
        }
    }

    // Who has a right to its seats comes first; only where nobody waits for such is lent. The levels take turns.
    private Level? Choose()
    {
        Level? borrower = null;
        var someoneIsOwed = false;
        for (var i = 0; i < _order.Length; i++)
        {
            var level = _order[(int)((_turn + i) % _order.Length)];
            if (level.Queues.Next is not { } next) continue;
            var fits = Fits(level, next.Width);
            if (level.Taken + next.Width > level.Nominal)
            {
                if (fits) borrower ??= level;
            }
            else if (fits) return level;
            else someoneIsOwed = true;
        }
        return someoneIsOwed ? null : borrower;
    }

    private bool Fits(Level level, int width)
    {
        var shared = Math.Max(0, level.Taken + width - level.Own);
        return shared <= level.MostShared && _order.Sum(each => each.Shared) - level.Shared + shared <= _pool;
    }

    /// <summary>A priority level and who sits and waits there.</summary>
    internal sealed class Level(PriorityLevel settings)
    {
        private PriorityLevel _settings = settings;
        private int _lendable;

        public string Name => _settings.Name;
        public FairQueues Queues { get; private set; } = QueuesOf(settings);

        /// <summary>Whether a request that finds no seat waits for one.</summary>
        public bool MayWait => _settings.Queuing is not null;

        /// <summary>Seats that nobody else gets.</summary>
        public int Own { get; private set; }

        /// <summary>Its part of all seats: its own and what it lends.</summary>
        public int Nominal => Own + _lendable;

        /// <summary>How many seats of the pool it may have.</summary>
        public int MostShared { get; private set; }

        /// <summary>How many seats of the pool it has.</summary>
        public int Shared => Math.Max(0, Taken - Own);
        public int Taken { get; set; }
        public int Executing { get; set; }
        public long Dispatched { get; set; }
        public long Rejected { get; set; }
        public long TimedOut { get; set; }
        public long Cancelled { get; set; }
        public LevelUse Use => new(Name, Nominal, Queues.Active, Queues.Waiting, Executing, Taken, Dispatched, Rejected, TimedOut, Cancelled);

        /// <summary>Lets a request wait; it takes no more seats than there are. False if there is no place for it.</summary>
        public bool TryAdd(FlowSeat seat)
        {
            seat.Width = Math.Clamp(seat.Width, 1, Math.Max(1, Nominal));
            if (!Queues.TryAdd(seat)) return false;
            seat.Queues = Queues;
            return true;
        }

        /// <summary>Takes new settings. Returns those who waited and have no place any more.</summary>
        public IReadOnlyList<FlowSeat> Change(PriorityLevel now, int nominal, int lendable)
        {
            var isSame = _settings.Queuing == now.Queuing && Nominal == nominal;
            (_settings, Own, _lendable) = (now, nominal - lendable, lendable);
            MostShared = now.BorrowingLimitPercent is { } percent ? (int)Math.Min(int.MaxValue, lendable + ((long)nominal * percent / 100)) : int.MaxValue;
            if (isSame) return [];
            var waiting = Queues.Clear();
            Queues = QueuesOf(now);
            return [.. waiting.Where(seat => !MayWait || !TryAdd(seat))];
        }

        // Where nobody may wait, one at a time still has to ask.
        private static FairQueues QueuesOf(PriorityLevel settings) => new(settings.Queuing ?? new(1, 1, 1));
    }
}
