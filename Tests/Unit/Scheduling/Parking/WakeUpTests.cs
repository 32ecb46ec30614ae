using ControlPlane.Objects;
using ControlPlane.Scheduling;
using Xunit;

namespace Tests.Unit.Scheduling.Parking;

public sealed class WakeUpTests
{
    private static readonly DateTimeOffset Start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly SchedulerState _state = new(new SchedulerOptions { UnschedulableRetry = TimeSpan.FromDays(1), MaxBindsInFlight = int.MaxValue });

    private static DateTimeOffset At(double seconds) => Start.AddSeconds(seconds);

    private void Show(StoredObject shown, double seconds = 0)
    {
        if (shown.Key.Resource == "nodes") _state.NodeChanged(shown, deleted: false, At(seconds));
        else _state.PodChanged(shown, deleted: false, At(seconds));
    }

    private void End(StoredObject pod, double seconds) => _state.PodChanged(Some.Changed(pod, json => json["status"]!["phase"] = "Succeeded"), deleted: false, At(seconds));

    /// <summary>The pods that are placed, in order, and where; those that are parked do not appear.</summary>
    private List<string> Run(double seconds)
    {
        var placed = new List<string>();
        while (_state.Next(At(seconds)) is { } step)
        {
            if (step.Node is { } node) placed.Add($"{step.Pod.Key.Name} on {node}");
        }
        return placed;
    }

    private StoredObject[] Fill(int nodes)
    {
        var running = Enumerable.Range(0, nodes).Select(i => Some.Pod($"running-{i}", cpu: "4", node: $"n{i}")).ToArray();
        for (var i = 0; i < nodes; i++) Show(Some.Node($"n{i}"));
        foreach (var pod in running) Show(pod);
        return running;
    }

    private long ChecksOf(Action action)
    {
        var before = _state.Checks;
        action();
        return _state.Checks - before;
    }

    [Theory]
    [InlineData("alike")]
    [InlineData("of different sizes")]
    [InlineData("of different labels")]
    [InlineData("pinned to nodes")]
    public void End_of_a_pod_costs_a_few_checks_however_many_wait(string pods)
    {
        var running = Fill(400);
        for (var i = 0; i < 400; i++)
        {
            var (cpu, labels, spec) = pods switch
            {
                "of different sizes" => ($"{4000 - i}m", "{}", "{}"),
                "of different labels" => ("4", $$"""{"index":"{{i}}"}""", "{}"),
                "pinned to nodes" => ("4", "{}", $$$$$"""
                    {"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[{"matchFields":[{"key":"metadata.name","operator":"In","values":["n{{{{{i}}}}}"]}]}]}}}}
                    """),
                _ => ("4", "{}", "{}"),
            };
            Show(Some.Pod($"p{i:000}", cpu: cpu, labels: labels, spec: spec, created: At(i - 1000)));
        }
        Assert.Empty(Run(0));
        End(running[7], 20);
        var placed = new List<string>();
        var checks = ChecksOf(() => placed = Run(20));
        Assert.Equal([pods == "pinned to nodes" ? "p007 on n7" : "p000 on n7"], placed);
        Assert.InRange(checks, 1, 24);
    }

    [Fact]
    public void End_of_a_pod_that_helps_none_costs_a_check_for_each_kind_of_pod()
    {
        var running = Fill(200);
        for (var i = 0; i < 400; i++) Show(Some.Pod($"p{i}", cpu: "1", spec: i % 2 == 0 ? """{"nodeSelector":{"disk":"ssd"}}""" : """{"nodeSelector":{"disk":"tape"}}"""));
        Assert.Empty(Run(0));
        End(running[7], 20);
        Assert.Equal(2, ChecksOf(() => Assert.Empty(Run(20))));
    }

    [Fact]
    public void Room_goes_to_the_most_urgent_pods_that_fit_until_it_is_used_up()
    {
        var running = Fill(1);
        Show(Some.Pod("huge", cpu: "5", spec: """{"priority":1000}"""));
        Show(Some.Pod("late", cpu: "2", created: At(-1)));
        Show(Some.Pod("early", cpu: "2", created: At(-10)));
        Show(Some.Pod("urgent", cpu: "1", spec: """{"priority":10}"""));
        Show(Some.Pod("small", cpu: "1", created: At(0)));
        Assert.Empty(Run(0));
        End(running[0], 20);
        // 1 + 2 are taken by then: "late" finds no room, "small" does.
        Assert.Equal(["urgent on n0", "early on n0", "small on n0"], Run(20));
    }

    [Fact]
    public void Pods_that_wait_for_room_are_placed_in_their_order_as_it_comes()
    {
        var running = Fill(5);
        for (var i = 0; i < 5; i++) Show(Some.Pod($"p{i}", cpu: "4", created: At(i - 10)));
        Assert.Empty(Run(0));
        for (var i = 0; i < 5; i++)
        {
            End(running[4 - i], 20 + i);
            Assert.Equal([$"p{i} on n{4 - i}"], Run(20 + i));
        }
    }

    [Fact]
    public void Room_that_a_woken_pod_does_not_take_goes_to_the_next()
    {
        var running = Fill(1);
        var first = Some.Pod("first", cpu: "4", created: At(-10));
        Show(first);
        Show(Some.Pod("second", cpu: "4", created: At(-5)));
        Assert.Empty(Run(0));
        End(running[0], 0.5);
        // "first" has been promised the node, and waits for its back-off.
        Assert.Empty(Run(0.5));
        _state.PodChanged(Some.Changed(first, _ => { }), deleted: true, At(0.6));
        Assert.Equal(["second on n0"], Run(20));
    }

    [Fact]
    public void Nodes_that_come_together_share_the_pods_that_waited()
    {
        for (var i = 0; i < 4; i++) Show(Some.Pod($"p{i}", cpu: "1", owner: "rs"));
        Assert.Empty(Run(0));
        Show(Some.Node("a"), 20);
        Show(Some.Node("b"), 20);
        var placed = Run(20);
        Assert.Equal((2, 2), (placed.Count(line => line.EndsWith("on a", StringComparison.Ordinal)), placed.Count(line => line.EndsWith("on b", StringComparison.Ordinal))));
    }

    [Fact]
    public void Pods_that_wanted_to_be_near_another_follow_it()
    {
        const string near = """{"affinity":{"podAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":[{"topologyKey":"kubernetes.io/hostname","labelSelector":{"matchLabels":{"app":"db"}}}]}}}""";
        Show(Some.Node("a"));
        Show(Some.Node("b"));
        for (var i = 0; i < 3; i++) Show(Some.Pod($"p{i}", cpu: "1", spec: near));
        Assert.Empty(Run(0));
        Show(Some.Pod("other", node: "a", labels: """{"app":"web"}"""), 20);
        Assert.Equal(0, ChecksOf(() => Assert.Empty(Run(20))));
        Show(Some.Pod("db", node: "b", labels: """{"app":"db"}"""), 21);
        Assert.Equal(["p0 on b", "p1 on b", "p2 on b"], Run(21));
    }

    [Fact]
    public void Pod_that_had_to_stay_away_comes_when_the_other_is_gone()
    {
        const string away = """{"affinity":{"podAntiAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":[{"topologyKey":"topology.kubernetes.io/zone","labelSelector":{"matchLabels":{"app":"web"}}}]}}}""";
        Show(Some.Node("a", zone: "east"));
        Show(Some.Node("b", zone: "east", cpu: "1"));
        var hermit = Some.Pod("hermit", cpu: "1", node: "b", spec: away);
        Show(hermit);
        Show(Some.Pod("p", cpu: "2", labels: """{"app":"web"}"""));
        Assert.Empty(Run(0));
        End(hermit, 20);
        Assert.Equal(["p on a"], Run(20));
    }
}
