using ControlPlane.Scheduling;
using ControlPlane.Scheduling.Predicates;
using Xunit;

namespace Tests.Unit.Scheduling;

public sealed class SchedulingQueueTests
{
    private static readonly DateTimeOffset Start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly SchedulingQueue _queue = new(new SchedulerOptions(), PredicateChain.All);

    private static DateTimeOffset At(double seconds) => Start.AddSeconds(seconds);

    private static PodDemand Pod(string name, int priority = 0, int age = 0) =>
        PodDemand.Of(Some.Pod(name, spec: $$"""{"priority":{{priority}}}""", created: At(-age)));

    private string? Take(double seconds) => _queue.Take(At(seconds))?.Demand.Key.Name;

    [Fact]
    public void Pods_are_taken_by_priority_then_age_then_name()
    {
        foreach (var pod in new[] { Pod("young"), Pod("old", age: 10), Pod("b", age: 5), Pod("a", age: 5), Pod("urgent", priority: 1000) }) _queue.Add(pod, Start);
        Assert.Equal(["urgent", "old", "a", "b", "young", null], Enumerable.Range(0, 6).Select(_ => Take(0)));
    }

    [Fact]
    public void Retry_backs_off_from_one_second_to_ten()
    {
        _queue.Add(Pod("p"), Start);
        var now = 0.0;
        foreach (var delay in new[] { 1, 2, 4, 8, 10, 10 })
        {
            var taken = _queue.Take(At(now))!;
            _queue.Retry(taken.Demand.Key, At(now));
            Assert.Equal(At(now + delay), _queue.NextDue);
            Assert.Null(Take(now + delay - 0.1));
            now += delay;
        }
        Assert.Equal("p", Take(now));
    }

    [Fact]
    public void Parked_pod_waits_for_a_wake_and_its_backoff()
    {
        _queue.Add(Pod("p"), Start);
        var parked = _queue.Take(Start)!;
        _queue.Park(parked, default, Start);
        Assert.Null(Take(60));
        _queue.Wake(parked, At(60));
        Assert.Equal("p", Take(60));
    }

    [Fact]
    public void Wake_before_the_backoff_is_over_waits_for_it()
    {
        _queue.Add(Pod("p"), Start);
        var parked = _queue.Take(Start)!;
        _queue.Park(parked, default, Start);
        _queue.Wake(parked, At(0.2));
        Assert.Null(Take(0.9));
        Assert.Equal("p", Take(1));
    }

    [Fact]
    public void Parked_pod_is_tried_again_after_the_backstop()
    {
        _queue.Add(Pod("p"), Start);
        _queue.Park(_queue.Take(Start)!, default, Start);
        Assert.Equal(At(300), _queue.NextDue);
        Assert.Equal("p", Take(300));
    }

    [Fact]
    public void Change_of_a_parked_pod_gives_it_a_new_chance()
    {
        _queue.Add(Pod("p"), Start);
        _queue.Park(_queue.Take(Start)!, default, Start);
        _queue.Add(Pod("p", priority: 7), At(5));
        Assert.Equal(7, _queue.Take(At(5))!.Demand.Priority);
    }

    [Fact]
    public void Change_of_priority_of_a_waiting_pod_moves_it()
    {
        _queue.Add(Pod("a"), Start);
        _queue.Add(Pod("b"), Start);
        _queue.Add(Pod("b", priority: 1), Start);
        Assert.Equal(["b", "a", null], Enumerable.Range(0, 3).Select(_ => Take(0)));
    }

    [Fact]
    public void Removed_pod_does_not_come_back()
    {
        _queue.Add(Pod("p"), Start);
        var taken = _queue.Take(Start)!;
        _queue.Remove(Some.PodKey("p"));
        _queue.Park(taken, default, Start);
        _queue.Retry(Some.PodKey("p"), Start);
        Assert.Equal((0, 0, null), (_queue.Count, _queue.Unschedulable, _queue.NextDue));
        Assert.Null(Take(1000));
    }
}
