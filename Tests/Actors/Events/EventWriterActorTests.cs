using System.Text.Json.Nodes;
using Akka.Actor;
using ControlPlane.Objects;
using ControlPlane.Telemetry.Events;
using Shared.Api;
using Tests.Support;
using Tests.Unit.Workloads;
using Xunit;

namespace Tests.Actors.Events;

public sealed class EventWriterActorTests : ActorTest
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly GroupResource Events = new("", "events");
    private readonly World _world = new();
    private readonly EventRecorder _recorder = new();

    public EventWriterActorTests() => AddNamespace("default");

    private void AddNamespace(string name) =>
        _world.Create(new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Namespace", ["metadata"] = new JsonObject { ["name"] = name } });

    private static EventNote Note(int number) => new(new("v1", "Pod", "default", $"p{number}", $"u{number}"), "Normal", "Scheduled", "m", "scheduler");

    private IActorRef Start(EventOptions? options = null) => Sys.ActorOf(EventWriterActor.Props(_recorder, _world.View, TestActor, TimeProvider.System, options));

    private async Task Serve()
    {
        var command = await ExpectMsgAsync<ObjectCommand>(Patience);
        LastSender.Tell(_world.Send(command));
    }

    [Fact]
    public async Task Note_recorded_before_or_after_the_start_is_written()
    {
        _recorder.Record(Note(1));
        Start();
        await Serve();
        _recorder.Record(Note(2));
        await Serve();
        Assert.Equal(2, _world.Live(Events).Count());
    }

    [Fact]
    public async Task Note_about_something_in_a_namespace_that_ends_or_is_gone_is_not_written()
    {
        AddNamespace("ending");
        _world.Delete(new("", "namespaces", "", "ending"));
        foreach (var space in new[] { "ending", "gone" }) _recorder.Record(Note(1) with { Regarding = new("v1", "Pod", space, "p", "u") });
        _recorder.Record(Note(2));
        Start();
        await Serve();
        Assert.Equal("default", _world.Live(Events).Single().Key.Namespace);
    }

    [Fact]
    public async Task Writes_without_an_answer_are_bounded()
    {
        for (var i = 0; i < 20; i++) _recorder.Record(Note(i));
        Start(new() { MaxInFlight = 4 });
        for (var i = 0; i < 4; i++) await ExpectMsgAsync<ObjectCommand>(Patience);
        await ExpectNoMsgAsync(TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public async Task Thousands_of_notes_are_all_written()
    {
        for (var i = 0; i < 3000; i++) _recorder.Record(Note(i));
        Start();
        for (var i = 0; i < 3000; i++) await Serve();
        Assert.Equal(3000, _world.Live(Events).Count());
        Assert.Equal(0, _recorder.Dropped);
    }

    [Fact]
    public async Task Write_that_is_never_answered_is_given_up_and_tried_again()
    {
        var writer = Start(new() { AnswerTimeout = TimeSpan.Zero, RepeatInterval = TimeSpan.Zero });
        _recorder.Record(Note(1));
        var lost = await ExpectMsgAsync<CreateObject>(Patience);
        writer.Tell(EventWriterActor.Tick.Instance);
        Assert.Equal(lost.Key, (await ExpectMsgAsync<CreateObject>(Patience)).Key);
    }

    [Fact]
    public void Notes_beyond_the_queue_are_dropped_and_counted()
    {
        for (var i = 0; i < EventRecorder.Capacity + 7; i++) _recorder.Record(Note(i));
        Assert.Equal(7, _recorder.Dropped);
    }

    [Fact]
    public async Task Old_events_are_deleted_when_it_is_time()
    {
        _recorder.Record(Note(1));
        Start();
        await Serve();
        var expiry = Sys.ActorOf(EventExpiryActor.Props(_world.View, TestActor, TimeProvider.System, new() { Retention = TimeSpan.Zero }));
        expiry.Tell(EventExpiryActor.Tick.Instance);
        await Serve();
        Assert.Empty(_world.Live(Events));
    }
}
