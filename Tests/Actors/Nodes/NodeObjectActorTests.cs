using System.Text.Json.Nodes;
using Akka.Actor;
using Akka.TestKit;
using ControlPlane.Entities;
using ControlPlane.Nodes;
using ControlPlane.Nodes.Leases;
using ControlPlane.Objects;
using ControlPlane.Objects.Patching;
using Microsoft.Data.Sqlite;
using Shared.Api;
using Shared.Protocol;
using Tests.Support;
using Tests.Unit.Nodes.Leases;
using Xunit;

namespace Tests.Actors.Nodes;

/// <summary>A Node's actor over a real journal whose database does not answer: the node's signs of life count all the same.</summary>
public sealed class NodeObjectActorTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = JournalSystem.Patience;
    private static readonly Requester By = Requester.Controller("test");
    private static readonly NodeName Node = new("a");
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("actors-test-");
    private readonly ManualTime _time = new();
    private readonly NodeLeases _leases;
    private JournalSystem _journal = null!;
    private TestProbe _shard = null!;
    private TestProbe _agent = null!;

    public NodeObjectActorTests() => _leases = new(new NodeOptions(), _time);

    private string Database => $"Data Source={Path.Combine(_directory.FullName, "journal.db")}";

    public async Task InitializeAsync()
    {
        // A statement that waits for longer than a second gives up.
        _journal = await JournalSystem.Start(new(_directory.FullName), $$"""
            akka.persistence.journal.sql {
              connection-string = "{{Database}};Default Timeout=1"
              sqlite-pragmas = "pragma busy_timeout=1000; pragma journal_mode=wal"
            }
            """);
        var kit = new Akka.TestKit.Xunit2.TestKit(_journal.System);
        (_shard, _agent) = (kit.CreateTestProbe(), kit.CreateTestProbe());
    }

    public async Task DisposeAsync()
    {
        await _journal.DisposeAsync();
        _leases.Dispose();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task Renewal_is_answered_while_a_write_of_the_node_waits_for_the_journal()
    {
        var actor = await Made();
        Task<ObjectResult> write;
        await using (await Stall())
        {
            write = Write(actor);
            actor.Tell(new RenewLease(Node, 1, 7, -1), _agent);
            Assert.Equal(7, _agent.ExpectMsg<LeaseRenewed>().Sequence);
            Assert.False(write.IsCompleted);
            actor.Tell(new RenewLease(Node, 2, 8, -1), _agent);
            Assert.Equal(NodeProtocol.StaleEpoch, _agent.ExpectMsg<NodeRefused>().Status.Reason);
        }
        await write;
    }

    [Fact]
    public async Task Agent_on_another_machine_gets_the_node_once_the_first_cannot_run_its_pods_any_more_and_one_on_the_same_machine_at_once()
    {
        var actor = await Made();
        Assert.IsType<ObjectAccepted>(await Register("first", "10.0.0.1"));
        Assert.IsType<ObjectAccepted>(await Register("restarted", "10.0.0.1"));
        var (options, since) = (new NodeOptions(), TimeSpan.FromSeconds(4));
        _time.Pass(since);
        Assert.Equal(409, Assert.IsType<ObjectRejected>(await Register("rival", "10.0.0.2")).Status.Code);
        _time.Pass(options.AgentLease + options.FenceGrace + options.FenceSlack - since);
        Assert.IsType<ObjectRejected>(await Register("rival", "10.0.0.2"));
        actor.Tell(new RenewLease(Node, 3, 1, -1), _agent);
        _agent.ExpectMsg<LeaseRenewed>();
        _time.Pass(options.AgentLease + options.FenceGrace);
        Assert.IsType<ObjectRejected>(await Register("rival", "10.0.0.2"));
        _time.Pass(options.FenceSlack + TimeSpan.FromMilliseconds(50));
        Assert.IsType<ObjectAccepted>(await Register("rival", "10.0.0.2"));
        Assert.IsType<ObjectAccepted>(await Register("rival", "10.0.0.2"));
        Assert.IsType<ObjectRejected>(await Register("restarted", "10.0.0.1"));

        Task<ObjectResult> Register(string instance, string address)
        {
            JsonBytes node = JsonNode.Parse($$"""
                { "metadata": { "name": "a" }, "status": { "nodeInfo": { "bootID": "b" }, "addresses": [{ "type": "InternalIP", "address": "{{address}}" }] } }
                """)!;
            return actor.Ask<ObjectResult>(new PatchObject(NodeView.KeyOf(Node), new RegistrationPatch(node, instance, ""), "", By), Patience);
        }
    }

    private async Task<IActorRef> Made()
    {
        var actor = Start();
        var node = (JsonObject)JsonNode.Parse($$"""
            { "apiVersion": "v1", "kind": "Node", "metadata": { "name": "a", "annotations": { "{{NodeProtocol.EpochAnnotation}}": "1" } } }
            """)!;
        Assert.IsType<ObjectAccepted>(await actor.Ask<ObjectResult>(new CreateObject(NodeView.KeyOf(Node), node, By), Patience));
        return actor;
    }

    private IActorRef Start()
    {
        var services = new ObjectServices(TestCatalogue.Default, _journal.Cache, TimeProvider.System, new NoRecorder()) { Schedule = new NoSchedule() };
        return _shard.ChildActorOf(NodeObjectActor.Props(NodeView.KeyOf(Node), services, new NodeOptions(), _leases));
    }

    private static Task<ObjectResult> Write(IActorRef actor) =>
        actor.Ask<ObjectResult>(new PatchObject(NodeView.KeyOf(Node), new FieldPatch(new JsonObject { ["spec"] = new JsonObject { ["unschedulable"] = true } }), "", By), Patience);

    /// <summary>Keeps the database from writing until the result is disposed.</summary>
    private async Task<IAsyncDisposable> Stall()
    {
        var other = new SqliteConnection($"{Database};Pooling=false");
        await other.OpenAsync();
        await using var hold = other.CreateCommand();
        hold.CommandText = "begin immediate";
        await hold.ExecuteNonQueryAsync();
        return other;
    }

    private sealed class NoSchedule : IReconcileSchedule
    {
        public void Settled(in ObjectKey key, TimeSpan? again) { }

        public void Failed(in ObjectKey key) { }
    }

    private sealed class NoRecorder : IEventRecorder
    {
        public void Record(EventNote note) { }
    }
}
