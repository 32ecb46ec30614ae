using Akka.Actor;
using Akka.Cluster.Sharding;
using ControlPlane.Entities;
using ControlPlane.Objects;
using Shared.Api;
using Tests.Support;
using Xunit;

namespace Tests.Actors.Members;

/// <summary>Writers in place of members that do not answer.</summary>
public sealed class GuestsActorTests : ActorTest
{
    private static readonly ObjectKey Key = JournalSystem.ConfigMap("a");
    private readonly IActorRef _guests;

    public GuestsActorTests()
    {
        var teller = TestActor;
        _guests = Sys.ActorOf(GuestsActor.Props(key => Props.Create(() => new Guest(key, teller))), GuestsActor.Name);
    }

    [Fact]
    public void Commands_of_one_object_go_to_one_guest()
    {
        _guests.Tell(Delete(Key));
        _guests.Tell(Delete(JournalSystem.ConfigMap("b")));
        _guests.Tell(Delete(Key));
        var heard = Enumerable.Range(0, 3).Select(_ => ExpectMsg<Heard>()).ToArray();
        Assert.Equal(2, heard.Select(one => one.Guest).Distinct().Count());
        Assert.Equal(2, heard.Count(one => one.Key == Key));
    }

    [Fact]
    public void What_comes_while_a_guest_leaves_is_kept_for_the_next()
    {
        _guests.Tell(Delete(Key));
        var first = ExpectMsg<Heard>().Guest;
        first.Tell("leave");
        ExpectMsg("leaving");
        for (var i = 0; i < 3; i++) _guests.Tell(Delete(Key));
        ExpectNoMsg(TimeSpan.FromMilliseconds(100));
        first.Tell("end");
        var next = Enumerable.Range(0, 3).Select(_ => ExpectMsg<Heard>().Guest).Distinct().ToArray();
        Assert.NotEqual(first, Assert.Single(next));
    }

    [Fact]
    public void Too_many_for_one_that_leaves_are_refused_in_words()
    {
        _guests.Tell(Delete(Key));
        ExpectMsg<Heard>().Guest.Tell("leave");
        ExpectMsg("leaving");
        for (var i = 0; i <= GuestsActor.MostWaiting; i++) _guests.Tell(Delete(Key), TestActor);
        Assert.Equal("TooManyRequests", ExpectMsg<ObjectRejected>().Status.Reason);
    }

    private static DeleteObject Delete(ObjectKey key) => new(key, null, Propagation.Background, Requester.Controller("test"));

    private sealed record Heard(ObjectKey Key, IActorRef Guest);

    private sealed class Guest : ReceiveActor
    {
        public Guest(ObjectKey key, IActorRef teller)
        {
            Receive<ObjectCommand>(_ => teller.Tell(new Heard(key, Self)));
            Receive<string>(text => text == "leave", _ => Context.Parent.Tell(new Passivate("told")));
            Receive<string>(text => text == "told", _ => teller.Tell("leaving"));
            Receive<string>(text => text == "end", _ => Context.Stop(Self));
        }
    }
}
