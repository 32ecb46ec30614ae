using Akka.Actor;
using ControlPlane.Nodes;
using ControlPlane.Nodes.Reports;
using ControlPlane.Objects;
using Shared.Api;
using Shared.Protocol;
using Tests.Unit.Nodes;
using Xunit;

namespace Tests.Actors.Nodes;

public sealed class ReportsActorTests : NodeStoreTests
{
    private static readonly NodeName Node = new("node-1");

    [Fact]
    public void Report_that_is_no_json_is_refused_without_a_write()
    {
        var reports = Reports();
        reports.Tell(new ReportNodeStatus(Node, 1, "["u8.ToArray()), TestActor);
        Assert.Equal(400, ExpectMsg<NodeRefused>().Status.Code);
        reports.Tell(new ReportPodStatus(Node, 1, 3, new("", "pods", "default", "a"), new("u"), "["u8.ToArray()), TestActor);
        Assert.Equal((3L, 400), (ExpectMsg<ReportResult>() is var result ? result.Sequence : 0, result.Refusal!.Code));
        Assert.False(Sent.HasMessages);
    }

    [Fact]
    public void Confirmation_of_another_nodes_pod_is_refused()
    {
        var pod = Store.Put(NodeObjects.Pod("web", node: "node-2", deleting: true));
        Reports().Tell(new ConfirmPodStopped(Node, 1, 1, pod.Key, new(pod.Uid)), TestActor);
        Assert.Equal("Forbidden", ExpectMsg<ReportResult>().Refusal!.Reason);
        Assert.NotNull(Store.Cache.Get(pod.Key));
    }

    [Fact]
    public void More_than_may_be_under_way_are_refused_and_come_again()
    {
        // Nobody answers: what is sent stays under way.
        var services = Services with { Objects = CreateTestProbe().Ref };
        var reports = Sys.ActorOf(ReportsActor.Props(services, new NodeOptions { MaxInFlight = 2 }));
        for (var i = 0; i < 3; i++) reports.Tell(new ReportNodeStatus(Node, 1, "{}"u8.ToArray()), TestActor);
        Assert.Equal(429, ExpectMsg<NodeRefused>().Status.Code);
    }

    [Theory]
    [InlineData("node-2", true, "Delete", NodeDirectory.DataFinalizer)]
    [InlineData("node-1", false, "Delete", NodeDirectory.DataFinalizer)]
    [InlineData("node-1", true, "Retain", NodeDirectory.DataFinalizer)]
    [InlineData("node-1", true, "Delete", NodeDirectory.VolumeProtection)]
    public void Removal_of_a_directory_that_is_not_to_be_removed_is_refused(string node, bool deleting, string policy, string held)
    {
        var volume = Store.Put(Volume(node, deleting, policy, held));
        Reports().Tell(new ConfirmVolumeRemoved(Node, 1, volume.Key, volume.Uid), TestActor);
        Assert.Equal("Conflict", ExpectMsg<NodeRefused>().Status.Reason);
        Assert.False(Sent.HasMessages);
    }

    [Fact]
    public void Volume_whose_directory_was_removed_goes()
    {
        var volume = Store.Put(Volume("node-1", true, "Delete", "example.org/held"));
        Reports().Tell(new ConfirmVolumeRemoved(Node, 1, volume.Key, "another"), TestActor);
        Reports().Tell(new ConfirmVolumeRemoved(Node, 1, volume.Key, volume.Uid), TestActor);
        AwaitAssert(() => Assert.Equal("example.org/held", Assert.Single(Store.Cache.Get(volume.Key)!.Header.Finalizers)));
    }

    private static StoredObject Volume(string node, bool deleting, string policy, string held) => NodeObjects.Stored(new("", "persistentvolumes", "", "pvc-1"), $$"""
        { "apiVersion": "v1", "kind": "PersistentVolume",
          "metadata": { "name": "pvc-1", "uid": "v", "finalizers": ["{{NodeDirectory.DataFinalizer}}", "{{held}}"]{{(deleting ? ", \"deletionTimestamp\": \"2030-01-01T00:00:00Z\"" : "")}} },
          "spec": { "capacity": { "storage": "1Gi" }, "accessModes": ["ReadWriteOnce"], "nodeAffinity": { "required": { "nodeSelectorTerms": [{ "matchFields": [{ "key": "metadata.name", "operator": "In", "values": ["{{node}}"] }] }] } },
                    "persistentVolumeReclaimPolicy": "{{policy}}", "csi": { "driver": "{{NodeDirectory.Driver}}", "volumeHandle": "pvc-1", "volumeAttributes": { "{{NodeDirectory.NodeAttribute}}": "{{node}}" } } } }
        """);

    private IActorRef Reports() => Sys.ActorOf(ReportsActor.Props(Services, new NodeOptions()));
}
