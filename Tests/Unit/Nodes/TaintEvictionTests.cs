using ControlPlane.Nodes.Taints;
using CsCheck;
using Xunit;

namespace Tests.Unit.Nodes;

public sealed class TaintEvictionTests
{
    private static readonly DateTimeOffset Start = NodeObjects.Start;
    private static readonly Taint Unreachable = new(Taint.Unreachable, "", TaintEffect.NoExecute, Start);

    [Fact]
    public void Taint_of_another_effect_drives_nobody_away() =>
        Assert.Empty(TaintEviction.Plan([Unreachable with { Effect = TaintEffect.NoSchedule }], [NodeObjects.Pod("a")], Start).Due);

    [Fact]
    public void Pod_without_toleration_is_due_at_once()
    {
        var plan = TaintEviction.Plan([Unreachable], [NodeObjects.Pod("a"), NodeObjects.Pod("b", deleting: true)], Start);
        Assert.Equal("a", Assert.Single(plan.Due).Key.Name);
        Assert.Null(plan.Next);
    }

    [Theory]
    [InlineData("""[{ "key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute" }]""")]
    [InlineData("""[{ "operator": "Exists" }]""")]
    [InlineData("""[{ "key": "node.kubernetes.io/unreachable", "operator": "Exists" }]""")]
    [InlineData("""[{ "key": "node.kubernetes.io/unreachable" }]""")]
    public void Pod_that_tolerates_stays_for_ever(string tolerations)
    {
        var plan = TaintEviction.Plan([Unreachable], [NodeObjects.Pod("a", tolerations)], Start.AddYears(1));
        Assert.Empty(plan.Due);
        Assert.Null(plan.Next);
    }

    [Theory]
    [InlineData("""[{ "key": "other", "operator": "Exists" }]""")]
    [InlineData("""[{ "key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoSchedule" }]""")]
    [InlineData("""[{ "key": "node.kubernetes.io/unreachable", "operator": "Equal", "value": "x" }]""")]
    [InlineData("""[{ "key": "node.kubernetes.io/unreachable", "operator": "Exists", "tolerationSeconds": 0 }]""")]
    [InlineData("""[{ "key": "node.kubernetes.io/unreachable", "operator": "Exists", "tolerationSeconds": -5 }]""")]
    public void Toleration_that_does_not_match_does_not_help(string tolerations) =>
        Assert.Single(TaintEviction.Plan([Unreachable], [NodeObjects.Pod("a", tolerations)], Start).Due);

    [Fact]
    public void Toleration_seconds_count_from_when_the_taint_was_added()
    {
        var pod = NodeObjects.Pod("a", """[{ "operator": "Exists", "tolerationSeconds": 300 }]""");
        Assert.Equal(Start.AddSeconds(300), TaintEviction.Plan([Unreachable], [pod], Start.AddSeconds(299)).Next);
        Assert.Single(TaintEviction.Plan([Unreachable], [pod], Start.AddSeconds(300)).Due);
    }

    [Fact]
    public void Every_taint_must_be_tolerated()
    {
        var pod = NodeObjects.Pod("a", """[{ "key": "node.kubernetes.io/unreachable", "operator": "Exists" }]""");
        Assert.Single(TaintEviction.Plan([Unreachable, new("dedicated", "db", TaintEffect.NoExecute, Start)], [pod], Start).Due);
    }

    [Fact]
    public void Endless_seconds_never_end() =>
        Assert.Null(TaintEviction.Plan([Unreachable], [NodeObjects.Pod("a", $$"""[{ "operator": "Exists", "tolerationSeconds": {{long.MaxValue}} }]""")], Start).Next);

    [Fact]
    public void Plan_at_its_next_time_evicts_someone_and_never_evicts_early() =>
        Gen.Long[-10, 1000].Array[1, 6].Select(Gen.Int[0, 1200]).Sample((seconds, elapsed) =>
        {
            var pods = seconds.Select((s, i) => NodeObjects.Pod($"p{i}", $$"""[{ "operator": "Exists", "tolerationSeconds": {{s}} }]""")).ToArray();
            var now = Start.AddSeconds(elapsed);
            var plan = TaintEviction.Plan([Unreachable], pods, now);
            Assert.Equal(seconds.Count(s => s <= 0 || s <= elapsed), plan.Due.Length);
            if (plan.Next is not { } next) return;
            Assert.True(next > now);
            Assert.True(TaintEviction.Plan([Unreachable], pods, next).Due.Length > plan.Due.Length);
            Assert.Equal(plan.Due.Length, TaintEviction.Plan([Unreachable], pods, next.AddSeconds(-1) < now ? now : next.AddSeconds(-1)).Due.Length);
        }, iter: 200);
}
