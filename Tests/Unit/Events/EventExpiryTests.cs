using System.Text.Json.Nodes;
using ControlPlane.Objects;
using ControlPlane.Telemetry.Events;
using Shared.Api;
using Shared.Json;
using Tests.Unit.Workloads;
using Xunit;

namespace Tests.Unit.Events;

public sealed class EventExpiryTests
{
    private static readonly GroupResource Events = new("", "events");
    private readonly World _world = new();
    private readonly EventOptions _options = new() { MaxPerNamespace = 5 };

    private void Add(string name, string @namespace = "default", DateTimeOffset? last = null)
    {
        var made = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Event", ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = @namespace } };
        if (last is { } time) made["lastTimestamp"] = Rfc3339.Write(time);
        _world.Create(made);
    }

    private List<string> Expired()
    {
        var deletions = EventExpiry.Plan(_world.View.List(Events), _world.Now, _options);
        foreach (var deletion in deletions) _world.Must(deletion);
        return [.. deletions.Select(deletion => deletion.Key.Name)];
    }

    [Fact]
    public void Event_older_than_the_retention_goes()
    {
        Add("old");
        _world.Pass(TimeSpan.FromHours(23));
        Add("new");
        Assert.Empty(Expired());
        _world.Pass(TimeSpan.FromHours(1));
        Assert.Equal(["old"], Expired());
        Assert.Empty(Expired());
    }

    [Fact]
    public void Event_that_happened_again_is_as_young_as_its_last_time()
    {
        Add("repeated", last: _world.Now.AddHours(20));
        _world.Pass(TimeSpan.FromHours(30));
        Assert.Empty(Expired());
        _world.Pass(TimeSpan.FromHours(14));
        Assert.Equal(["repeated"], Expired());
    }

    [Fact]
    public void Events_beyond_the_number_of_a_namespace_go_oldest_first()
    {
        for (var i = 0; i < 8; i++)
        {
            Add($"e{i}");
            _world.Pass(TimeSpan.FromSeconds(1));
        }
        Add("elsewhere", "other");
        Assert.Equal(["e0", "e1", "e2"], Expired().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Deletion_of_an_event_that_was_counted_meanwhile_is_refused()
    {
        Add("old");
        _world.Pass(TimeSpan.FromDays(2));
        var deletion = Assert.Single(EventExpiry.Plan(_world.View.List(Events), _world.Now, _options));
        _world.Patch(deletion.Key, """{ "count": 2 }""");
        Assert.IsType<ObjectRejected>(_world.Send(deletion));
    }
}
