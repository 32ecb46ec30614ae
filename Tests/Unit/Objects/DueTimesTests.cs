using ControlPlane.Entities;
using CsCheck;
using Shared.Api;
using Xunit;

namespace Tests.Unit.Objects;

public sealed class DueTimesTests
{
    private const long Second = 1000;

    private static readonly Gen<(int Key, int What, int After)[]> Steps = Gen.Select(Gen.Int[0, 4], Gen.Int[0, 3], Gen.Int[0, 5000]).Array[1, 200];

    /// <summary>Against the plainest model: a table of times.</summary>
    [Fact]
    public void What_is_due_is_taken_once_at_its_last_time_and_never_before()
    {
        Steps.Sample(steps =>
        {
            var due = new DueTimes(Second);
            var model = new Dictionary<ObjectKey, long>();
            var failures = new Dictionary<ObjectKey, int>();
            var now = 0L;
            foreach (var (which, what, after) in steps)
            {
                var key = Key(which);
                switch (what)
                {
                    case 0:
                        due.Settle(key, now, TimeSpan.FromMilliseconds(after));
                        model[key] = now + after;
                        failures.Remove(key);
                        break;
                    case 1:
                        due.Settle(key, now, null);
                        model.Remove(key);
                        failures.Remove(key);
                        break;
                    case 2:
                        due.Fail(key, now);
                        var failed = failures[key] = failures.GetValueOrDefault(key) + 1;
                        model[key] = now + (long)Math.Min(30_000, 100 * Math.Pow(2, Math.Min(failed - 1, 10)));
                        break;
                    default:
                        now += after;
                        var taken = new List<ObjectKey>();
                        due.TakeDue(now, taken.Add);
                        var expected = model.Where(entry => entry.Value <= now).Select(entry => entry.Key).ToHashSet();
                        if (taken.Count != expected.Count || !expected.SetEquals(taken)) return false;
                        foreach (var gone in expected) model.Remove(gone);
                        break;
                }
                if (due.Next != (model.Count == 0 ? null : model.Values.Min())) return false;
            }
            return true;
        });
    }

    [Fact]
    public void Failures_in_a_row_wait_longer_up_to_half_a_minute_and_success_forgets_them()
    {
        var due = new DueTimes(Second);
        var waits = new List<long>();
        for (var i = 0; i < 12; i++)
        {
            due.Fail(Key(0), 0);
            waits.Add(due.Next!.Value);
            due.TakeDue(waits[^1], _ => { });
        }
        Assert.Equal([100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 30000, 30000, 30000], waits);

        due.Settle(Key(0), 0, null);
        due.Fail(Key(0), 0);
        Assert.Equal(100, due.Next);
    }

    [Fact]
    public void Times_that_are_changed_without_end_take_no_more_room()
    {
        var due = new DueTimes(Second);
        for (var i = 0; i < 100_000; i++) due.Settle(Key(i % 10), i, TimeSpan.FromHours(1));

        Assert.Equal(10, due.Count);
        Assert.InRange(due.Queued, 10, 100);
    }

    private static ObjectKey Key(int which) => new("", "nodes", "", $"n{which}");
}
