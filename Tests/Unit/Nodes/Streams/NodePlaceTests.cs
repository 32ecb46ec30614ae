using System.Text;
using ControlPlane.Nodes;
using ControlPlane.Nodes.Streams;
using ControlPlane.Objects;
using Xunit;

namespace Tests.Unit.Nodes.Streams;

public sealed class NodePlaceTests
{
    [Fact]
    public void Place_of_a_node_is_its_pod_range_and_its_addresses() => Assert.Equal(
        """{"apiVersion":"v1","kind":"Node","metadata":{"name":"node-1","uid":"u"},"spec":{"podCIDR":"10.1.0.0/24"},"status":{"addresses":[{"type":"InternalIP","address":"10.0.0.1"}]}}""",
        Encoding.UTF8.GetString(NodePlace.Told(Node("True"), deleted: false).Json));

    [Fact]
    public void Heartbeat_and_condition_do_not_change_a_place() => Assert.Equal(NodePlace.Of(Node("True")), NodePlace.Of(Node("Unknown")));

    [Fact]
    public void Object_that_is_no_node_is_told_as_it_is()
    {
        var pod = NodeObjects.Pod("web");
        Assert.Equal(pod.Json.ToArray(), NodePlace.Told(pod, deleted: false).Json);
    }

    private static StoredObject Node(string ready) => NodeObjects.Stored(NodeView.KeyOf("node-1"), $$"""
        { "apiVersion": "v1", "kind": "Node", "metadata": { "name": "node-1", "uid": "u", "labels": { "a": "b" } },
          "spec": { "podCIDR": "10.1.0.0/24", "taints": [{ "key": "k" }] },
          "status": { "addresses": [{ "type": "InternalIP", "address": "10.0.0.1" }], "images": [{ "names": ["x"] }], "conditions": [{ "type": "Ready", "status": "{{ready}}" }] } }
        """);
}
