using ControlPlane.Nodes;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Protocol;
using Xunit;

namespace Tests.Unit.Nodes;

public sealed class NodeStreamTests
{
    [Fact]
    public void Newest_change_of_an_object_takes_the_place_of_older_ones_in_revision_order()
    {
        var stream = new NodeStream(10);
        foreach (var change in (ObjectChange[])[Change("a", 11), Change("b", 12), Change("a", 13)]) stream.Add(change);
        var (items, to) = stream.Read(20)!.Value;
        Assert.Equal([("b", 12L), ("a", 13L)], items.Select(item => (item.Key.Name, item.Revision)));
        Assert.Equal(20, to);
    }

    [Fact]
    public void What_is_not_confirmed_is_read_again()
    {
        var stream = new NodeStream(10);
        stream.Add(Change("a", 11));
        stream.Add(Change("b", 12));
        Assert.Equal(stream.Read(12)!.Value.Items.Length, stream.Read(12)!.Value.Items.Length);
        stream.Confirm(11);
        Assert.Equal("b", Assert.Single(stream.Read(12)!.Value.Items).Key.Name);
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
        var (items, to) = stream.Read(100)!.Value;
        Assert.InRange(items.Sum(item => item.Json.Length), 1, NodeProtocol.MaxBatchBytes);
        Assert.Equal(items[^1].Revision, to);
        stream.Confirm(to);
        Assert.Equal(to + 1, stream.Read(100)!.Value.Items[0].Revision);
    }

    [Fact]
    public void Object_larger_than_a_batch_travels_alone()
    {
        var stream = new NodeStream(0);
        stream.Add(Change("big", 1, 2 * NodeProtocol.MaxBatchBytes));
        stream.Add(Change("small", 2));
        Assert.Equal("big", Assert.Single(stream.Read(100)!.Value.Items).Key.Name);
    }

    [Theory]
    [InlineData("12/3/default/web-1")]
    [InlineData("12/0//node-1")]
    public void Place_in_a_snapshot_is_read_as_written(string text) => Assert.Equal(text, SnapshotPlace.Parse(text)!.ToString());

    [Theory]
    [InlineData("")]
    [InlineData("x/0/a/b")]
    [InlineData("1/2/3")]
    public void Any_other_text_is_no_place(string text) => Assert.Null(SnapshotPlace.Parse(text));

    private static ObjectChange Change(string name, long revision, int bytes = 2) =>
        new(new StoredObject(new ObjectKey("", "pods", "default", name), new byte[bytes], revision), null, false);
}
