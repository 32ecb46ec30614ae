using System.Collections.Immutable;
using CsCheck;
using NodeActor.Agent;
using Shared.Api;
using Shared.Protocol;
using Xunit;

namespace Tests.Unit.NodesAgent;

public sealed class ObjectFollowerTests
{
    private static readonly NodeName Node = new("node-1");

    [Fact]
    public void Snapshot_in_pages_is_complete_with_its_last_and_what_it_does_not_name_is_gone()
    {
        var follower = new ObjectFollower();
        follower.Apply(Snapshot(5, "", Live("old", 3)));
        follower.Restart();
        Assert.Empty(follower.Apply(Snapshot(9, "next", Live("a", 6))).Gone);
        Assert.Equal((0, "next"), (follower.Position, follower.Continue));
        var last = follower.Apply(Snapshot(9, "", Live("b", 8)));
        Assert.True(last.Synced);
        Assert.Equal("old", Assert.Single(last.Gone).Key.Name);
        Assert.Equal((9, ""), (follower.Position, follower.Continue));
    }

    [Fact]
    public void Snapshot_that_begins_anew_midway_forgets_the_pages_before()
    {
        var follower = new ObjectFollower();
        follower.Apply(Snapshot(9, "next", Live("a", 6)));
        var last = follower.Apply(Snapshot(20, "", Live("b", 15)));
        Assert.Equal("a", Assert.Single(last.Gone).Key.Name);
    }

    [Fact]
    public void Version_older_than_the_known_one_is_passed_over()
    {
        var follower = new ObjectFollower();
        follower.Apply(Snapshot(5, "", Live("a", 8)));
        Assert.Empty(follower.Apply(Changes(7, Live("a", 6))).Updated);
        Assert.Equal(7, follower.Position);
        Assert.Single(follower.Apply(Changes(9, Live("a", 9))).Updated);
    }

    [Fact]
    public void Version_of_a_restored_cluster_replaces_a_newer_one_that_was_lost_with_the_first()
    {
        var follower = new ObjectFollower();
        follower.Apply(Snapshot(60, "", Live("a", 60), Live("same", 40), Live("late", 55)));
        follower.Restart();
        Assert.Empty(follower.Apply(Snapshot(59, "next", Live("a", 50))).Updated);
        var restored = follower.Apply(Snapshot(1000, "", Live("a", 50), Live("same", 40)));
        Assert.Equal([("a", 50)], restored.Updated.Select(each => (each.Key.Name, each.Revision)));
        Assert.Equal("late", Assert.Single(restored.Gone).Key.Name);
    }

    [Fact]
    public void Deleted_object_is_gone_once()
    {
        var follower = new ObjectFollower();
        follower.Apply(Snapshot(5, "", Live("a", 4)));
        Assert.Single(follower.Apply(Changes(6, Gone("a", 6))).Gone);
        Assert.Empty(follower.Apply(Changes(6, Gone("a", 6))).Gone);
    }

    [Fact]
    public void Changes_before_a_snapshot_are_passed_over() => Assert.Equal(FollowedChanges.None, new ObjectFollower().Apply(Changes(7, Live("a", 6))));

    /// <summary>Any cut of one history into answers, each repeated or not, ends in the same objects.</summary>
    [Fact]
    public void History_ends_in_the_same_objects_however_it_is_cut_and_repeated() =>
        Gen.Select(Gen.Int[0, 4], Gen.Bool, Gen.Bool, Gen.Bool).Array[1, 60].Sample(history =>
        {
            var follower = new ObjectFollower();
            follower.Apply(Snapshot(1, ""));
            var expected = new Dictionary<string, long>();
            var batch = ImmutableArray.CreateBuilder<NodeChange>();
            for (var i = 0; i < history.Length; i++)
            {
                var (name, deleted, cut, twice) = history[i];
                var revision = i + 2L;
                if (deleted) expected.Remove($"p{name}");
                else expected[$"p{name}"] = revision;
                batch.Add(deleted ? Gone($"p{name}", revision) : Live($"p{name}", revision));
                if (!cut && i < history.Length - 1) continue;
                var answer = Changes(revision, [.. batch]);
                follower.Apply(answer);
                if (twice) follower.Apply(answer);
                batch.Clear();
            }
            Assert.Equal(expected.OrderBy(pair => pair.Key), follower.Objects.Values.Select(o => KeyValuePair.Create(o.Key.Name, o.Revision)).OrderBy(pair => pair.Key));
        }, iter: 300);

    private static NodeChange Live(string name, long revision) => new(new("", "pods", "default", name), revision, [], false);
    private static NodeChange Gone(string name, long revision) => new(new("", "pods", "default", name), revision, [], true);
    private static NodeChanges Snapshot(long to, string next, params ImmutableArray<NodeChange> items) => new(Node, 1, 1, to, true, next, items);
    private static NodeChanges Changes(long to, params ImmutableArray<NodeChange> items) => new(Node, 1, 1, to, false, "", items);
}
