using System.Text.Json.Nodes;
using ControlPlane.Nodes;
using ControlPlane.Objects;
using Shared.Api;

namespace Tests.Unit.Nodes;

/// <summary>Nodes and pods as the tests of node decisions need them.</summary>
internal static class NodeObjects
{
    public static readonly DateTimeOffset Start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static StoredObject Node(string name = "node-1", string? ready = "True", long epoch = 1, string spec = "{}", string conditions = "")
    {
        var readyCondition = ready is null ? "" : $$"""{ "type": "Ready", "status": "{{ready}}", "lastHeartbeatTime": "2030-01-01T00:00:00Z" }""";
        var all = string.Join(",", new[] { readyCondition, conditions }.Where(text => text.Length > 0));
        var annotations = epoch == 0 ? "{}" : $$"""{ "nodes.actors.io/epoch": "{{epoch}}" }""";
        return Stored(NodeView.KeyOf(name), $$"""
            { "apiVersion": "v1", "kind": "Node", "metadata": { "name": "{{name}}", "uid": "uid-{{name}}", "annotations": {{annotations}} },
              "spec": {{spec}}, "status": { "conditions": [ {{all}} ] } }
            """);
    }

    public static StoredObject Pod(string name, string tolerations = "[]", string node = "node-1", bool ready = true, bool deleting = false) =>
        Stored(new("", "pods", "default", name), $$"""
            { "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "{{name}}", "namespace": "default", "uid": "uid-{{name}}"{{(deleting ? """, "deletionTimestamp": "2030-01-01T00:00:00Z" """ : "")}} },
              "spec": { "nodeName": "{{node}}", "tolerations": {{tolerations}} },
              "status": { "phase": "Running", "conditions": [ { "type": "Ready", "status": "{{(ready ? "True" : "False")}}" } ] } }
            """);

    public static StoredObject Stored(ObjectKey key, string json, long revision = 1) => new(key, ObjectJson.ToUtf8(JsonNode.Parse(json)!), revision);
}
