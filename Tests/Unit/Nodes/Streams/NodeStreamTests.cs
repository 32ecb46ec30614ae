using ControlPlane.Nodes.Streams;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Protocol;
using Xunit;

namespace Tests.Unit.Nodes.Streams;

public sealed class NodeStreamTests
{
    [Fact]
    public void Newest_change_of_an_object_takes_the_place_of_older_ones_in_revision_order()
    {
        var stream = new NodeStream(10);
        foreach (var change in (ObjectChange[])[Change("a", 11), Change("b", 12), Change("a", 13)]) stream.Add(change);
        var (items, to, _) = stream.Read(20)!;
        Assert.Equal([("b", 12L), ("a", 13L)], items.Select(item => (item.Key.Name, item.Revision)));
        Assert.Equal(20, to);
    }

    [Fact]
    public void What_is_not_confirmed_is_read_again()
    {
        var stream = new NodeStream(10);
        stream.Add(Change("a", 11));
        stream.Add(Change("b", 12));
        Assert.Equal(stream.Read(12)!.Items.Length, stream.Read(12)!.Items.Length);
        stream.Confirm(11);
        Assert.Equal("b", Assert.Single(stream.Read(12)!.Items).Key.Name);
        stream.Confirm(12);
        Assert.Null(stream.Read(12));
    }

    [Fact]
    public void Change_beyond_what_is_complete_waits()
    {
        var stream = new NodeStream(10);
        stream.Add(Change("a", 15));
        Assert.Null(stream.Read(14));
        Assert.NotNull(stream.Read(15));
    }

    [Fact]
    public void Batch_is_cut_at_its_size_and_says_how_far_it_goes()
    {
        var stream = new NodeStream(0);
        for (var i = 1; i <= 10; i++) stream.Add(Change($"p{i}", i, NodeProtocol.MaxBatchBytes / 4));
        var (items, to, _) = stream.Read(100)!;
        Assert.InRange(items.Sum(item => item.Json.Length), 1, NodeProtocol.MaxBatchBytes);
        Assert.Equal(items[^1].Revision, to);
        stream.Confirm(to);
        Assert.Equal(to + 1, stream.Read(100)!.Items[0].Revision);
    }

    [Fact]
    public void Object_larger_than_a_batch_travels_alone()
    {
        var stream = new NodeStream(0);
        stream.Add(Change("big", 1, 2 * NodeProtocol.MaxBatchBytes));
        stream.Add(Change("small", 2));
        Assert.Equal("big", Assert.Single(stream.Read(100)!.Items).Key.Name);
    }

    [Fact]
    public void Object_a_pod_begins_to_use_is_told_with_the_pod_and_before_it_however_old_it_is()
    {
        var stream = new NodeStream(10);
        stream.Add(Change("web", 15));
        stream.Introduce(Used("tls", 3), 15);
        stream.Add(Change("other", 12));
        Assert.Equal([("other", 12L), ("tls", 3L), ("web", 15L)], stream.Read(20)!.Items.Select(item => (item.Key.Name, item.Revision)));
    }

    [Fact]
    public void Object_that_changes_before_it_was_told_keeps_its_turn_and_is_told_again_in_its_new_one()
    {
        var stream = new NodeStream(10);
        stream.Add(Change("web", 15));
        stream.Introduce(Used("tls", 3), 15);
        stream.Add(new(Used("tls", 18), null, false));
        Assert.Equal([("tls", 18L), ("web", 15L)], stream.Read(20)!.Items.Select(item => (item.Key.Name, item.Revision)));
        stream.Confirm(15);
        Assert.Equal(("tls", 18L), stream.Read(20)!.Items.Select(item => (item.Key.Name, item.Revision)).Single());
    }

    [Fact]
    public void Change_that_the_windows_come_to_later_does_not_replace_a_newer_version()
    {
        var stream = new NodeStream(10);
        stream.Introduce(Used("tls", 30), 15);
        stream.Add(new(Used("tls", 18), null, true));
        var item = Assert.Single(stream.Read(20)!.Items);
        Assert.Equal((30L, false), (item.Revision, item.Deleted));
    }

    [Fact]
    public void Object_no_pod_uses_any_more_is_withdrawn_and_can_be_introduced_again()
    {
        var stream = new NodeStream(10);
        stream.Withdraw(Used("tls", 3).Key, 15);
        Assert.Equal((true, long.MaxValue), (Assert.Single(stream.Read(20)!.Items) is var item ? item.Deleted : false, item.Revision));
        stream.Introduce(Used("tls", 3), 17);
        Assert.False(Assert.Single(stream.Read(20)!.Items).Deleted);
        stream.Confirm(17);
        Assert.Null(stream.Read(20));
    }

    /// <summary>The agent knows the object's end of use; what it does not know yet is the pod that uses it anew.</summary>
    [Fact]
    public void Object_used_anew_behind_what_is_confirmed_has_its_turn_with_the_pod_and_not_with_its_own_change()
    {
        var stream = new NodeStream(10);
        stream.Add(new(Used("tls", 12), Used("tls", 3), false));
        stream.Withdraw(Used("tls", 12).Key, 14);
        stream.Introduce(Used("tls", 12), 17);
        stream.Add(Change("web", 17));
        stream.Add(new(Used("tls", 18), Used("tls", 12), false));
        stream.Confirm(15);
        Assert.Equal(["tls", "web"], stream.Read(20)!.Items.Select(item => item.Key.Name));
    }

    [Fact]
    public void Object_whose_own_change_was_read_before_the_pod_that_uses_it_is_told_with_the_pod()
    {
        var stream = new NodeStream(10);
        stream.Add(new(Used("tls", 18), Used("tls", 3), false));
        stream.Add(Change("web", 15));
        stream.Introduce(Used("tls", 18), 15);
        Assert.Equal(["tls", "web"], stream.Read(20)!.Items.Select(item => item.Key.Name));
    }

    [Fact]
    public void Object_that_came_to_be_is_told_before_a_later_pod_however_often_it_changes()
    {
        var stream = new NodeStream(10);
        stream.Add(new(Used("tls", 12), null, false));
        stream.Add(new(Used("tls", 14), Used("tls", 12), true));
        stream.Add(new(Used("tls", 16), null, false));
        stream.Add(Change("web", 18));
        stream.Add(new(Used("tls", 19), Used("tls", 16), false));
        Assert.Equal(["tls", "web"], stream.Read(20)!.Items.Select(item => item.Key.Name));
        stream.Confirm(15);
        Assert.Equal(["tls", "web"], stream.Read(20)!.Items.Select(item => item.Key.Name));
        stream.Confirm(18);
        Assert.Equal("tls", Assert.Single(stream.Read(20)!.Items).Key.Name);
    }

    [Fact]
    public void What_is_told_at_one_revision_is_cut_too_and_goes_on_behind_the_last_object()
    {
        var stream = new NodeStream(10);
        stream.Add(Change("before", 12));
        stream.Add(Change("web", 15));
        for (var i = 0; i < 7; i++) stream.Introduce(Used($"s{i}", 3, NodeProtocol.MaxBatchBytes / 3), 15);
        var (told, batches) = (new List<string>(), 0);
        for (var read = stream.Read(20); read is not null; read = stream.Read(20))
        {
            Assert.InRange(read.Items.Sum(item => item.Json.Length), 1, NodeProtocol.MaxBatchBytes);
            // Before the pod has come, what is told is not complete up to it.
            Assert.Equal(read.Items.Any(item => item.Key.Name == "web"), read.To >= 15);
            told.AddRange(read.Items.Select(item => item.Key.Name));
            stream.Confirm(read.To, StreamPlace.Parse(read.Continue));
            batches++;
        }
        Assert.Equal(["before", "s0", "s1", "s2", "s3", "s4", "s5", "s6", "web"], told);
        Assert.True(batches > 2);
    }

    [Fact]
    public void What_changed_behind_a_confirmed_place_is_told_again()
    {
        var stream = new NodeStream(10);
        for (var i = 0; i < 2; i++) stream.Introduce(Used($"s{i}", 3), 15);
        stream.Add(new(Used("s0", 18), null, false));
        stream.Confirm(14, StreamPlace.Of(15, Used("s0", 3).Key));
        Assert.Equal(["s1", "s0"], stream.Read(20)!.Items.Select(item => item.Key.Name));
    }

    [Theory]
    [InlineData("12/3/default/web-1")]
    [InlineData("12/0//node-1")]
    public void Place_in_a_snapshot_is_read_as_written(string text) => Assert.Equal(text, StreamPlace.Parse(text)!.ToString());

    [Theory]
    [InlineData("")]
    [InlineData("x/0/a/b")]
    [InlineData("1/2/3")]
    public void Any_other_text_is_no_place(string text) => Assert.Null(StreamPlace.Parse(text));

    private static StoredObject Used(string name, long revision, int bytes = 2) => new(new ObjectKey("", "secrets", "default", name), new byte[bytes], revision);

    private static ObjectChange Change(string name, long revision, int bytes = 2) =>
        new(new StoredObject(new ObjectKey("", "pods", "default", name), new byte[bytes], revision), null, false);
}
