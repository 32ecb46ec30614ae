using ControlPlane.Nodes.Streams;
using Tests.Support;
using Xunit;

namespace Tests.Unit.Nodes.Streams;

public sealed class FollowedWindowsTests
{
    private readonly ObjectStore _store = new();

    /// <summary>The cache is ahead of every reader for a moment: what a node's pods use must not be missing in the stream meanwhile.</summary>
    [Fact]
    public void Pods_of_a_node_are_those_of_what_was_read_whatever_is_committed_by_then()
    {
        foreach (var name in (string[])["kept", "changed", "gone", "remade"]) _store.Put(NodeObjects.Pod(name));
        _store.Put(NodeObjects.Pod("theirs", node: "node-2"));
        var windows = new FollowedWindows(_store.Cache);
        var asRead = Read(windows);
        Assert.Equal(4, asRead.Length);

        for (var i = 0; i < 2; i++) _store.Put(NodeObjects.Pod("changed", ready: i == 1));
        foreach (var name in (string[])["gone", "remade"]) _store.Put(NodeObjects.Pod(name), deleted: true);
        _store.Put(NodeObjects.Pod("remade", node: "node-2"));
        _store.Put(NodeObjects.Pod("new"));
        Assert.Equal(asRead, Read(windows));

        Assert.True(windows.Read((_, _) => { }));
        Assert.Equal(["changed", "kept", "new"], Read(windows).Select(pod => pod.Name));
    }

    private static (string Name, long Revision)[] Read(FollowedWindows windows) => [.. windows.PodsOn("node-1").Select(pod => (pod.Key.Name, pod.Revision)).Order()];
}
