using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Telemetry.Events;
using Shared.Api;
using Shared.Json;
using Tests.Unit.Workloads;
using Xunit;

namespace Tests.Unit.Events;

public sealed class EventLedgerTests
{
    private static readonly GroupResource Events = new("", "events");
    private readonly World _world = new();
    private readonly EventOptions _options = new() { MaxKnown = 8 };
    private readonly EventLedger _ledger;

    public EventLedgerTests() => _ledger = new(_options);

    private static EventNote Note(string message = "m", string reason = "Scheduled", string uid = "u", string name = "web-1", string @namespace = "default") =>
        new(new("v1", "Pod", @namespace, name, uid), "Normal", reason, message, "scheduler", "host");

    private List<ObjectCommand> Write()
    {
        var written = new List<ObjectCommand>();
        while (_ledger.Next(_world.Now) is { } command)
        {
            written.Add(command);
            _ledger.Written(command.Key, (_world.Send(command) as ObjectRejected)?.Status, _world.Now);
        }
        return written;
    }

    private void Add(EventNote note, int times = 1)
    {
        for (var i = 0; i < times; i++) _ledger.Add(note, _world.Now);
    }

    private JsonObject Only() => _world.Live(Events).Single().ToJsonObject();

    [Fact]
    public void First_occurrence_is_written_at_once_with_all_it_says()
    {
        Add(Note("Successfully assigned"));
        Write();
        var written = Only();
        Assert.Equal(("Scheduled", "Successfully assigned", "Normal", 1), ((string?)written["reason"], (string?)written["message"], (string?)written["type"], (int?)written["count"]));
        Assert.Equal(("Pod", "web-1", "u", "default"), ((string?)written["involvedObject"]!["kind"], (string?)written["involvedObject"]!["name"],
            (string?)written["involvedObject"]!["uid"], (string?)written["involvedObject"]!["namespace"]));
        Assert.Equal(("scheduler", "host"), ((string?)written["source"]!["component"], (string?)written["source"]!["host"]));
        Assert.Matches("^web-1\\.[0-9a-f]{16}$", (string?)written["metadata"]!["name"]);
        Assert.Equal(Rfc3339.Write(_world.Now), (string?)written["firstTimestamp"]);
    }

    [Fact]
    public void Repeats_before_the_write_are_counted_in_it()
    {
        Add(Note(), times: 3);
        Assert.Single(Write());
        Assert.Equal(3, (int?)Only()["count"]);
    }

    [Fact]
    public void Repeats_after_the_write_wait_for_the_interval_and_come_as_one()
    {
        Add(Note());
        Write();
        Add(Note(), times: 4);
        Assert.Empty(Write());
        _world.Pass(_options.RepeatInterval);
        Add(Note());
        Assert.IsType<PatchObject>(Assert.Single(Write()));
        Assert.Equal((6, Rfc3339.Write(_world.Now)), ((int?)Only()["count"], (string?)Only()["lastTimestamp"]));
        _world.Pass(_options.RepeatInterval);
        Assert.Empty(Write());
    }

    [Fact]
    public void Repeats_while_a_write_is_under_way_are_not_lost()
    {
        Add(Note());
        var command = _ledger.Next(_world.Now)!;
        Add(Note(), times: 2);
        Assert.Null(_ledger.Next(_world.Now));
        _world.Must(command);
        _ledger.Written(command.Key, null, _world.Now);
        _world.Pass(_options.RepeatInterval);
        Write();
        Assert.Equal(3, (int?)Only()["count"]);
    }

    [Fact]
    public void Different_reasons_objects_and_messages_are_different_events()
    {
        Add(Note());
        Add(Note(reason: "Pulled"));
        Add(Note(message: "other"));
        Add(Note(uid: "u2"));
        Write();
        Assert.Equal(4, _world.Live(Events).Count());
    }

    [Fact]
    public void Event_written_before_a_restart_is_counted_on()
    {
        Add(Note());
        Write();
        var restarted = new EventLedger(_options);
        restarted.Add(Note(), _world.Now);
        while (restarted.Next(_world.Now) is { } command) restarted.Written(command.Key, (_world.Send(command) as ObjectRejected)?.Status, _world.Now);
        Assert.Equal(2, (int?)Only()["count"]);
    }

    [Fact]
    public void Event_that_expired_meanwhile_is_made_anew()
    {
        Add(Note());
        Write();
        _world.Delete(_world.Live(Events).Single().Key);
        _world.Pass(_options.RepeatInterval);
        Add(Note());
        Write();
        Assert.Equal(1, (int?)Only()["count"]);
    }

    [Fact]
    public void Event_that_may_not_be_written_is_forgotten()
    {
        _world.Refuse = command => ApiStatus.Forbidden("the namespace is being terminated");
        Add(Note());
        Assert.Single(Write());
        Assert.Empty(Write());
    }

    [Fact]
    public void Event_whose_write_failed_is_tried_again_after_the_interval()
    {
        _world.Refuse = _ => ApiStatus.ServiceUnavailable("busy");
        Add(Note());
        Assert.Single(Write());
        _world.Refuse = _ => null;
        _world.Pass(_options.RepeatInterval);
        Assert.Single(Write());
        Assert.Equal(1, (int?)Only()["count"]);
    }

    [Fact]
    public void Similar_events_beyond_ten_are_combined()
    {
        for (var i = 0; i < 30; i++) Add(Note(message: $"Created pod: web-{i}", reason: "SuccessfulCreate"));
        Write();
        Assert.Equal(11, _world.Live(Events).Count());
        var combined = _world.Live(Events).Select(found => found.ToJsonObject()).Single(found => ((string)found["message"]!).StartsWith("(combined from similar events): ", StringComparison.Ordinal));
        Assert.Equal(("(combined from similar events): Created pod: web-29", 20), ((string?)combined["message"], (int?)combined["count"]));
    }

    [Fact]
    public void Similar_events_after_a_quiet_time_are_told_apart_again()
    {
        var ledger = new EventLedger(new());
        for (var i = 0; i < 20; i++) ledger.Add(Note(message: $"a{i}"), _world.Now);
        _world.Pass(TimeSpan.FromMinutes(11));
        ledger.Add(Note(message: "b"), _world.Now);
        Assert.Equal(12, ledger.Known);
    }

    [Fact]
    public void Known_events_are_bounded_and_what_is_unwritten_stays()
    {
        for (var i = 0; i < 20; i++)
        {
            Add(Note(uid: $"u{i}"));
            if (i < 15) Write();
        }
        Assert.Equal(8, _ledger.Known);
        Assert.Equal(5, Write().Count);
        Assert.Equal(20, _world.Live(Events).Count());
    }

    [Fact]
    public void Event_about_a_cluster_scoped_object_goes_to_default()
    {
        Add(Note(name: "node-1", @namespace: ""));
        Assert.Equal("default", Write()[0].Key.Namespace);
        Assert.False(Only()["involvedObject"]!.AsObject().ContainsKey("namespace"));
    }

    [Fact]
    public void Event_name_and_message_fit_their_limits()
    {
        Add(Note(name: new string('a', 253), message: new string('ä', 2000)));
        var create = Assert.IsType<CreateObject>(Assert.Single(Write()));
        Assert.True(create.Key.Name.Length <= 253);
        Assert.True(System.Text.Encoding.UTF8.GetByteCount((string)Only()["message"]!) <= 1024);
    }
}
