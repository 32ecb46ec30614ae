using ControlPlane.Nodes.Zones;
using CsCheck;
using Xunit;

namespace Tests.Unit.Nodes.Zones;

public sealed class EvictionVerdictTests
{
    private static readonly DateTimeOffset Now = NodeObjects.Start;
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(10);

    [Theory]
    [InlineData(3, 0, ZoneState.Normal)]
    [InlineData(2, 1, ZoneState.Normal)]
    [InlineData(1, 2, ZoneState.Normal)]
    [InlineData(0, 1, ZoneState.FullDisruption)]
    [InlineData(0, 3, ZoneState.FullDisruption)]
    [InlineData(3, 3, ZoneState.Normal)]
    [InlineData(2, 3, ZoneState.PartialDisruption)]
    [InlineData(45, 55, ZoneState.PartialDisruption)]
    [InlineData(46, 54, ZoneState.Normal)]
    public void State_of_a_zone_is_that_of_Kubernetes(int ready, int missing, ZoneState state) => Assert.Equal(state, new ZoneCount(ready, missing).State);

    [Fact]
    public void One_dead_node_of_three_is_emptied_at_once()
    {
        var verdict = Verdict("a", Zone("", ["a"], ["b", "c"]));
        Assert.Equal((true, ZoneState.Normal), (verdict.Allowed, verdict.State));
    }

    [Fact]
    public void Several_dead_nodes_of_a_normal_zone_are_emptied_together()
    {
        var nodes = Zone("", ["a", "b"], ["c", "d", "e"]);
        Assert.True(Verdict("a", nodes).Allowed);
        Assert.True(Verdict("b", nodes).Allowed);
    }

    [Fact]
    public void Nothing_is_emptied_when_all_nodes_are_missing_and_what_was_begun_is_called_off()
    {
        var verdict = Verdict("a", Zone("", ["a", "b", "c"], []));
        Assert.Equal((false, true), (verdict.Allowed, verdict.IsEverywhere));
        Assert.NotNull(verdict.Again);
    }

    [Fact]
    public void Small_zone_that_lost_most_of_its_nodes_is_left_alone() => Assert.False(Verdict("a", Zone("", ["a", "b", "c"], ["d", "e"])).Allowed);

    [Fact]
    public void Zone_that_is_lost_while_another_lives_is_emptied_node_by_node()
    {
        ZoneNode[] nodes = [.. Zone("r/1", ["a", "b", "c"], []), .. Zone("r/2", [], ["x"])];
        Assert.True(Verdict("a", nodes).Allowed);
        Assert.False(Verdict("b", nodes).Allowed);

        nodes[0] = nodes[0] with { EmptiedAt = Now };
        var second = Verdict("b", nodes);
        Assert.Equal((false, EvictionPace.LostZone), (second.Allowed, second.Again));
        Assert.True(Verdict("b", nodes, at: Now + EvictionPace.LostZone).Allowed);
        Assert.False(Verdict("c", nodes, at: Now + EvictionPace.LostZone).Allowed);
    }

    [Fact]
    public void Large_zone_that_is_lost_in_part_is_emptied_slowly()
    {
        var nodes = Zone("", [.. Names("dead", 40)], [.. Names("live", 20)]);
        Assert.True(Verdict("dead00", nodes).Allowed);
        nodes[0] = nodes[0] with { EmptiedAt = Now };
        Assert.False(Verdict("dead01", nodes, at: Now + EvictionPace.LargeDisruptedZone - TimeSpan.FromSeconds(1)).Allowed);
        Assert.True(Verdict("dead01", nodes, at: Now + EvictionPace.LargeDisruptedZone).Allowed);
    }

    [Fact]
    public void Last_eviction_that_lies_ahead_of_this_clock_holds_up_for_one_turn_only()
    {
        ZoneNode[] nodes = [.. Zone("r/1", ["a", "b"], []), .. Zone("r/2", [], ["x"])];
        nodes[0] = nodes[0] with { EmptiedAt = Now + TimeSpan.FromDays(1) };
        Assert.Equal(EvictionPace.LostZone, Verdict("b", nodes).Again);
    }

    [Fact]
    public void Nodes_that_fall_silent_together_are_seen_to_before_any_but_the_first_is_found_lost()
    {
        var nodes = Zone("", ["a"], []).Concat(["b", "c"], told: false);
        Assert.False(Verdict("a", nodes, lostFor: TimeSpan.Zero).Allowed);
    }

    [Fact]
    public void What_other_processes_watch_is_waited_for()
    {
        var nodes = Zone("", ["a"], ["b", "c"]).Select(node => node with { IsWatchedHere = node.Name == "a" }).ToArray();
        var early = Verdict("a", nodes, lostFor: TimeSpan.FromSeconds(0.5));
        Assert.Equal((false, EvictionVerdict.OthersSpeak - TimeSpan.FromSeconds(0.5)), (early.Allowed, early.Again));
        Assert.True(Verdict("a", nodes, lostFor: EvictionVerdict.OthersSpeak).Allowed);
    }

    /// <summary>
    /// Nodes come and go in several zones while each control plane asks for its nodes: no disrupted zone is emptied faster than its pace, and nothing at all is
    /// emptied while every node is missing; and a missing node of a normal zone never waits.
    /// </summary>
    [Fact]
    public void No_zone_is_emptied_faster_than_its_state_allows_whatever_goes_missing() =>
        Histories.Sample(history => Assert.Null(Violation(history, EvictionVerdict.Of)), iter: 300);

    /// <summary>The mutants: each guard taken out fails the property.</summary>
    [Theory]
    [InlineData("everywhere")]
    [InlineData("pace")]
    [InlineData("turn")]
    public void Verdict_without_one_of_its_guards_empties_too_fast(string guard) =>
        Assert.ThrowsAny<Exception>(() => Histories.Sample(history => Assert.Null(Violation(history, (self, nodes, lostFor, now) => guard switch
        {
            // Another zone that lives is made up.
            "everywhere" => EvictionVerdict.Of(self, [.. nodes, new("other", "other", false, false, true, null)], lostFor, now),

            // What was emptied before is not seen.
            "pace" => EvictionVerdict.Of(self, [.. nodes.Select(node => node with { EmptiedAt = node.Zone == self.Zone && node.EmptiedAt is not null ? DateTimeOffset.MinValue : null })], lostFor, now),

            // Every node thinks that it is its turn.
            _ => EvictionVerdict.Of(self with { Name = "" }, [.. nodes.Select(node => node.Name == self.Name ? node with { Name = "" } : node)], lostFor, now),
        })), iter: 500));

    private static readonly Gen<(int Node, bool Missing, int Seconds)[]> Histories = Gen.Select(Gen.Int[0, 72], Gen.Frequency((4, Gen.Const(true)), (1, Gen.Const(false))), Gen.Int[0, 12]).Array[1, 120];

    private delegate EvictionVerdict Judge(ZoneNode self, IReadOnlyCollection<ZoneNode> nodes, TimeSpan lostFor, DateTimeOffset now);

    private static string? Violation((int Node, bool Missing, int Seconds)[] history, Judge judge)
    {
        // A large zone, a small one, and one of a single node.
        var nodes = Enumerable.Range(0, 70).Select(i => new ZoneNode($"n{i:00}", i < 60 ? "large" : i < 69 ? "small" : "single", false, false, true, null)).ToArray();
        var now = Now;
        foreach (var (index, missing, seconds) in history)
        {
            // Some numbers are everybody's: a network that fails and comes back.
            foreach (var i in index < nodes.Length ? [index] : Enumerable.Range(0, nodes.Length)) nodes[i] = nodes[i] with { IsMissing = missing, IsTold = missing, EmptiedAt = missing ? nodes[i].EmptiedAt : null };
            now = now.AddSeconds(seconds);
            var seen = nodes.ToArray();
            var allowed = new List<int>();
            for (var i = 0; i < nodes.Length; i++)
            {
                if (!seen[i].IsMissing || seen[i].EmptiedAt is not null) continue;
                var verdict = judge(seen[i], seen, Long, now);
                if (verdict.Allowed) allowed.Add(i);
                var zone = seen.Where(node => node.Zone == seen[i].Zone).ToArray();
                if (!verdict.Allowed && zone.Count(node => node.IsMissing) < 3 && zone.Any(node => !node.IsMissing)) return $"{seen[i].Name} waits in a normal zone";
            }
            if (allowed.Count > 0 && seen.All(node => node.IsMissing)) return "a node was emptied while all were missing";
            foreach (var zone in allowed.GroupBy(i => seen[i].Zone))
            {
                var count = new ZoneCount(seen.Count(node => node.Zone == zone.Key && !node.IsMissing), seen.Count(node => node.Zone == zone.Key && node.IsMissing));
                if (count.State == ZoneState.Normal) continue;
                if (zone.Count() > 1) return $"{zone.Count()} nodes of {zone.Key} at once";
                if (EvictionPace.Of(count, false) is not { } between) return $"a node of {zone.Key}, which is to be left alone";
                if (seen.Where(node => node.Zone == zone.Key).Max(node => node.EmptiedAt) is { } last && now - last < between) return $"a node of {zone.Key} too soon";
            }
            foreach (var i in allowed) nodes[i] = nodes[i] with { EmptiedAt = now };
        }
        return null;
    }

    private static EvictionVerdict Verdict(string self, IReadOnlyCollection<ZoneNode> nodes, TimeSpan? lostFor = null, DateTimeOffset? at = null) =>
        EvictionVerdict.Of(nodes.Single(node => node.Name == self), nodes, lostFor ?? Long, at ?? Now);

    private static ZoneNode[] Zone(string zone, string[] missing, string[] ready) =>
    [
        .. missing.Select(name => new ZoneNode(name, zone, true, true, true, null)),
        .. ready.Select(name => new ZoneNode(name, zone, false, false, true, null)),
    ];

    private static IEnumerable<string> Names(string prefix, int count) => Enumerable.Range(0, count).Select(i => $"{prefix}{i:00}");
}

internal static class ZoneNodes
{
    /// <summary>More missing nodes of the first one's zone.</summary>
    public static ZoneNode[] Concat(this ZoneNode[] nodes, string[] missing, bool told) =>
        [.. nodes, .. missing.Select(name => new ZoneNode(name, nodes[0].Zone, true, told, true, null))];
}
