using System.Text.Json.Nodes;
using ControlPlane.Nodes;
using ControlPlane.Objects;
using Shared.Api;
using Tests.Support;
using Xunit;

namespace Tests.Unit.Nodes;

public sealed class PodStatusPatchTests
{
    private static readonly ObjectKey Key = new("", "pods", "default", "web");
    private static readonly KindDefinition Kind = TestCatalogue.Default.FindStored(Key.GroupResource)!;

    [Fact]
    public void Report_replaces_the_status_and_keeps_conditions_it_does_not_name()
    {
        var status = Apply("node-1", "uid-web", "Running").Object!["status"]!;
        Assert.Equal(["PodScheduled", "Ready"], status["conditions"]!.AsArray().Select(condition => (string?)condition!["type"]));
        Assert.Equal("Burstable", (string?)status["qosClass"]);
        Assert.Null(status["message"]);
    }

    [Fact]
    public void Readiness_gate_that_its_controller_has_set_stays_whatever_an_agent_reports()
    {
        var current = JsonNode.Parse("""
            { "metadata": { "name": "web", "uid": "uid-web" }, "spec": { "nodeName": "node-1" },
              "status": { "phase": "Running", "nominatedNodeName": "node-2", "qosClass": "Burstable",
                "conditions": [{ "type": "example.com/gate", "status": "True", "reason": "Checked" }, { "type": "Ready", "status": "False" }] } }
            """)!.AsObject();
        var reported = JsonNode.Parse("""
            { "phase": "Running", "qosClass": "BestEffort", "nominatedNodeName": "", "podIP": "10.1.0.2",
              "conditions": [{ "type": "Ready", "status": "True" }, { "type": "example.com/gate", "status": "False" }, { "type": "PodScheduled", "status": "False" }] }
            """)!.AsObject();
        var status = new PodStatusPatch(Key, new("uid-web"), new("node-1"), reported).Apply(current, Kind).Object!["status"]!;
        Assert.Equal("""[{"type":"example.com/gate","status":"True","reason":"Checked"},{"type":"Ready","status":"True"}]""", status["conditions"]!.ToJsonString());
        Assert.Equal(("Burstable", "node-2", "10.1.0.2"), ((string?)status["qosClass"], (string?)status["nominatedNodeName"], (string?)status["podIP"]));
    }

    [Theory]
    [InlineData("node-2", "uid-web", "Forbidden")]
    [InlineData("node-1", "another", "NotFound")]
    public void Report_of_another_pod_or_node_is_refused(string node, string uid, string reason) =>
        Assert.Equal(reason, Apply(node, uid, "Running").Rejection!.Reason);

    [Theory]
    [InlineData("Succeeded", "Running", true)]
    [InlineData("Failed", "Succeeded", true)]
    [InlineData("Failed", "Failed", false)]
    [InlineData("Pending", "Failed", false)]
    public void Phase_that_is_final_stays(string before, string reported, bool refused) => Assert.Equal(refused, Apply("node-1", "uid-web", reported, before).Rejection is not null);

    private static PatchOutcome Apply(string node, string uid, string phase, string before = "Pending")
    {
        var current = JsonNode.Parse($$"""
            { "metadata": { "name": "web", "uid": "uid-web" }, "spec": { "nodeName": "node-1" },
              "status": { "phase": "{{before}}", "qosClass": "Burstable", "message": "old", "conditions": [{ "type": "PodScheduled", "status": "True" }, { "type": "Ready", "status": "False" }] } }
            """)!.AsObject();
        var reported = JsonNode.Parse($$"""{ "phase": "{{phase}}", "conditions": [{ "type": "Ready", "status": "True" }] }""")!.AsObject();
        return new PodStatusPatch(Key, new(uid), new(node), reported).Apply(current, Kind);
    }
}
