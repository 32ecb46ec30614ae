using ControlPlane.Objects;
using ControlPlane.Scheduling;
using CsCheck;
using Xunit;

namespace Tests.Unit.Scheduling;

public sealed class SchedulerStateTests
{
    private static readonly DateTimeOffset Start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly SchedulerState _state = new(new SchedulerOptions());

    private static DateTimeOffset At(double seconds) => Start.AddSeconds(seconds);

    private void Show(StoredObject shown, double seconds = 0)
    {
        if (shown.Key.Resource == "nodes") _state.NodeChanged(shown, deleted: false, At(seconds));
        else _state.PodChanged(shown, deleted: false, At(seconds));
    }

    private static StoredObject Bound(StoredObject pod, string node) => Some.Changed(pod, json => json["spec"]!["nodeName"] = node);

    [Theory]
    [InlineData("""{"schedulerName":"other"}""")]
    [InlineData("""{"schedulingGates":[{"name":"g"}]}""")]
    public void Pod_that_is_not_its_own_is_left_alone(string spec)
    {
        Show(Some.Node("a"));
        Show(Some.Pod("p", spec: spec));
        Assert.Null(_state.Next(Start));
    }

    [Fact]
    public void Pod_that_is_going_bound_or_done_is_left_alone()
    {
        Show(Some.Node("a"));
        Show(Some.Pod("going", deleting: true));
        Show(Some.Pod("bound", node: "a"));
        Show(Some.Pod("done", phase: "Succeeded"));
        Assert.Null(_state.Next(Start));
    }

    [Fact]
    public void Assumed_pod_takes_its_share_before_its_bind_is_answered()
    {
        Show(Some.Node("a", cpu: "1"));
        Show(Some.Pod("p", cpu: "600m"));
        Show(Some.Pod("q", cpu: "600m"));
        Assert.Equal("a", _state.Next(Start)!.Node);
        Assert.Equal("0/1 nodes are available: 1 Insufficient cpu.", _state.Next(Start)!.Failure);
        Assert.Null(_state.Next(Start));
    }

    [Fact]
    public void Refused_bind_gives_the_share_back_and_is_tried_again_later()
    {
        Show(Some.Node("a", cpu: "1"));
        Show(Some.Pod("p", cpu: "600m"));
        Assert.Equal("a", _state.Next(Start)!.Node);
        _state.BindRefused(Some.PodKey("p"), Start);
        Assert.Equal((0, 0), (_state.BindsInFlight, _state.Layout.Find("a")!.Pods));
        Assert.Null(_state.Next(At(0.5)));
        Assert.Equal("a", _state.Next(At(1))!.Node);
    }

    [Fact]
    public void Unanswered_bind_expires_once()
    {
        Show(Some.Node("a"));
        Show(Some.Pod("p"));
        _state.Next(Start);
        Assert.Equal(At(5), _state.NextDue);
        Assert.Empty(_state.ExpireBinds(At(4.9)));
        Assert.Equal([Some.PodKey("p")], _state.ExpireBinds(At(5)));
        Assert.Empty(_state.ExpireBinds(At(6)));
        Assert.Equal("a", _state.Next(At(6))!.Node);
    }

    [Fact]
    public void Bind_whose_answer_is_lost_counts_once_the_feed_shows_it()
    {
        var pod = Some.Pod("p", cpu: "1");
        Show(Some.Node("a"));
        Show(pod);
        _state.Next(Start);
        Show(Bound(pod, "a"), 1);
        Assert.Empty(_state.ExpireBinds(At(10)));
        Assert.Equal((0, 1, null), (_state.BindsInFlight, _state.Layout.Find("a")!.Pods, _state.Next(At(10))));
    }

    [Fact]
    public void Bind_that_lands_after_it_expired_counts_where_it_landed()
    {
        var pod = Some.Pod("p", cpu: "1");
        Show(Some.Node("a"));
        Show(pod);
        _state.Next(Start);
        _state.ExpireBinds(At(5));
        Show(Some.Node("b", cpu: "64"));
        Assert.Equal("b", _state.Next(At(6))!.Node);
        Show(Bound(pod, "a"), 7);
        _state.BindRefused(pod.Key, At(7));
        Assert.Equal((1, 0), (_state.Layout.Find("a")!.Pods, _state.Layout.Find("b")!.Pods));
        Assert.Null(_state.Next(At(100)));
    }

    [Fact]
    public void Older_version_seen_late_changes_nothing()
    {
        var pod = Some.Pod("p", cpu: "1");
        var touched = Some.Changed(pod, json => json["metadata"]!["labels"] = new System.Text.Json.Nodes.JsonObject { ["a"] = "b" });
        var bound = Bound(touched, "a");
        Show(Some.Node("a"));
        Show(pod);
        _state.Next(Start);
        Assert.True(_state.BindAccepted(bound, Start));
        Show(touched);
        Assert.Equal(1, _state.Layout.Find("a")!.Pods);
        Assert.Null(_state.Next(At(100)));
    }

    [Fact]
    public void Feed_that_is_faster_than_the_answer_tells_of_the_bind()
    {
        var pod = Some.Pod("p");
        Show(Some.Node("a"));
        Show(pod);
        _state.Next(Start);
        var bound = Bound(pod, "a");
        Assert.True(_state.PodChanged(bound, deleted: false, Start));
        Assert.False(_state.BindAccepted(bound, Start));
    }

    [Fact]
    public void Answer_that_comes_after_the_pods_end_is_ignored()
    {
        var pod = Some.Pod("p");
        Show(Some.Node("a"));
        Show(pod);
        _state.Next(Start);
        var bound = Bound(pod, "a");
        _state.PodChanged(Some.Changed(bound, _ => { }), deleted: true, Start);
        Assert.False(_state.BindAccepted(bound, Start));
        Assert.Equal((0, 0), (_state.BindsInFlight, _state.Layout.Find("a")!.Pods));
    }

    [Fact]
    public void Own_condition_does_not_wake_a_parked_pod()
    {
        var pod = Some.Pod("p", cpu: "100");
        Show(Some.Node("a"));
        Show(pod);
        Assert.Null(_state.Next(Start)!.Node);
        Show(Some.Changed(pod, json => json["status"]!["conditions"] = new System.Text.Json.Nodes.JsonArray()), 20);
        Assert.Null(_state.Next(At(20)));
    }

    [Theory]
    [InlineData("node")]
    [InlineData("ended")]
    [InlineData("deleted")]
    public void Parked_pod_wakes_when_there_is_room(string how)
    {
        var running = Some.Pod("running", cpu: "4", node: "a");
        Show(Some.Node("a"));
        Show(running);
        Show(Some.Pod("p", cpu: "3"));
        Assert.Null(_state.Next(Start)!.Node);
        Show(Some.Node("a", labels: """{"beside":"the point"}"""), 20);
        Assert.Null(_state.Next(At(20)));
        if (how == "node") Show(Some.Node("b"), 20);
        else if (how == "ended") Show(Some.Changed(running, json => json["status"]!["phase"] = "Succeeded"), 20);
        else _state.PodChanged(Some.Changed(running, _ => { }), deleted: true, At(20));
        Assert.True(_state.HasWork);
        Assert.Equal(how == "node" ? "b" : "a", _state.Next(At(20))!.Node);
    }

    [Fact]
    public void Heartbeat_of_a_node_wakes_nothing()
    {
        Show(Some.Node("a"));
        Show(Some.Pod("p", cpu: "100"));
        _state.Next(Start);
        Show(Some.Node("a"), 20);
        Assert.False(_state.HasWork);
    }

    [Fact]
    public void Pod_recreated_under_its_name_is_another_pod()
    {
        Show(Some.Node("a"));
        Show(Some.Pod("p", cpu: "1", node: "a", uid: "one"));
        Show(Some.Pod("p", cpu: "2", uid: "two"));
        Assert.Equal(0, _state.Layout.Find("a")!.Pods);
        Assert.Equal("two", _state.Next(Start)!.Pod.Uid);
    }

    [Fact]
    public void Pods_on_a_node_that_comes_back_still_count()
    {
        Show(Some.Pod("p", cpu: "3", node: "a"));
        Show(Some.Node("a"));
        _state.NodeChanged(Some.Node("a"), deleted: true, Start);
        Show(Some.Node("a"));
        Show(Some.Pod("q", cpu: "2"));
        Assert.Null(_state.Next(Start)!.Node);
    }

    [Fact]
    public void Binds_in_flight_are_bounded()
    {
        var state = new SchedulerState(new SchedulerOptions { MaxBindsInFlight = 2 });
        state.NodeChanged(Some.Node("a"), deleted: false, Start);
        var pods = Enumerable.Range(0, 3).Select(i => Some.Pod($"p{i}")).ToArray();
        foreach (var pod in pods) state.PodChanged(pod, deleted: false, Start);
        Assert.NotNull(state.Next(Start));
        Assert.NotNull(state.Next(Start));
        Assert.Null(state.Next(Start));
        Assert.False(state.HasWork);
        state.BindAccepted(Bound(pods[0], "a"), Start);
        Assert.NotNull(state.Next(Start));
    }

    /// <summary>Answers lost, refused, late and doubled in any order: what is bound never exceeds a node, and in the end every pod that fits is bound.</summary>
    [Fact]
    public void Any_fate_of_binds_ends_with_every_pod_bound_and_no_node_over_committed() =>
        Gen.Select(Gen.Int[1, 5], Gen.Int[1, 20], Gen.Int[0, 4].Array[200]).Sample((nodes, count, fates) =>
        {
            var state = new SchedulerState(new SchedulerOptions { MaxBindsInFlight = 4 });
            for (var i = 0; i < nodes; i++) state.NodeChanged(Some.Node($"n{i}", cpu: "20"), deleted: false, Start);
            var live = Enumerable.Range(0, count).Select(i => Some.Pod($"p{i}", cpu: "1")).ToDictionary(pod => pod.Key);
            foreach (var pod in live.Values) state.PodChanged(pod, deleted: false, Start);
            var (now, fate) = (Start, 0);
            for (var round = 0; round < 500 && live.Values.Any(pod => pod.Header.NodeName.Length == 0); round++)
            {
                state.ExpireBinds(now);
                while (state.Next(now) is { Node: { } node } step)
                {
                    var pod = live[step.Pod.Key];
                    Assert.Equal("", pod.Header.NodeName);
                    // The first tries meet any fate; then the world calms down.
                    switch (fate < fates.Length ? fates[fate++] : 0)
                    {
                        case 0: state.BindAccepted(live[pod.Key] = Bound(pod, node), now); break;
                        case 1: state.BindRefused(pod.Key, now); break;
                        case 2: break; // lost on its way
                        case 3: state.PodChanged(live[pod.Key] = Bound(pod, node), deleted: false, now); break; // its answer lost
                        default:
                            state.BindAccepted(live[pod.Key] = Bound(pod, node), now);
                            state.PodChanged(live[pod.Key], deleted: false, now);
                            state.BindRefused(pod.Key, now);
                            break;
                    }
                }
                now = now.AddSeconds(1);
            }
            Assert.All(live.Values, pod => Assert.NotEqual("", pod.Header.NodeName));
            Assert.Equal((0, 0), (state.BindsInFlight, state.Queue.Count));
            foreach (var node in state.Layout.Nodes)
            {
                Assert.Equal(live.Values.Count(pod => pod.Header.NodeName == node.Name), node.Pods);
                Assert.True(node.RequestedMilliCpu <= node.Offer.Allocatable.MilliCpu);
            }
        }, iter: 200);
}
