using System.Text;
using Akka.Actor;
using ControlPlane.Entities;
using ControlPlane.Objects;
using Shared.Protocol;
using Tests.Support;

namespace Tests.Actors.Nodes;

/// <summary>Actors of the node service over objects that are decided and committed in memory. What they send to objects is also told to the test.</summary>
public abstract class NodeStoreTests : ActorTest
{
    private protected NodeStoreTests(TimeProvider? time = null)
    {
        Sent = CreateTestProbe("sent");
        var (store, sent) = (Store, Sent.Ref);
        Services = new(TestCatalogue.Default, Store.Cache, time ?? TimeProvider.System, new SilentEvents()) { Objects = Sys.ActorOf(Props.Create(() => new StoreActor(store, sent))) };
    }

    private protected ObjectStore Store { get; } = new();
    private protected ObjectServices Services { get; }
    private protected Akka.TestKit.TestProbe Sent { get; }

    private protected static NodeProof NoProof { get; } = new([], [], []);

    private protected static byte[] NodeJson(string name) => Encoding.UTF8.GetBytes($$"""
        { "metadata": { "name": "{{name}}", "labels": { "kubernetes.io/hostname": "{{name}}" } }, "status": { "conditions": [{ "type": "Ready", "status": "True" }] } }
        """);

    /// <summary>Returns when an actor has taken in what it was told before.</summary>
    private protected void Settle(IActorRef actor)
    {
        var probe = CreateTestProbe();
        actor.Tell(new Identify(0), probe);
        probe.ExpectMsg<ActorIdentity>(TimeSpan.FromSeconds(20));
    }

    private sealed class SilentEvents : IEventRecorder
    {
        public void Record(EventNote note) { }
    }

    private sealed class StoreActor : ReceiveActor
    {
        public StoreActor(ObjectStore store, IActorRef sent)
        {
            Receive<ObjectCommand>(command =>
            {
                sent.Tell(command);
                Sender.Tell(store.Do(command));
            });
            ReceiveAny(sent.Forward);
        }
    }
}
