using System.Text.Json.Nodes;
using Shared.Api;
using Xunit;

namespace Tests.Unit.Api;

public sealed class ConditionsTests
{
    private static readonly DateTimeOffset Then = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Now = Then.AddMinutes(5);

    private static JsonObject Status() => JsonNode.Parse(
        """
        { "conditions": [
          { "type": "Ready", "status": "True", "reason": "Was", "message": "well", "lastTransitionTime": "2030-01-01T00:00:00Z", "lastHeartbeatTime": "2030-01-01T00:00:30Z", "observedGeneration": 7 },
          { "type": "example.com/gate", "status": "False", "extra": { "a": 1 }, "lastTransitionTime": "2029-01-01T00:00:00Z" } ] }
        """)!.AsObject();

    [Fact]
    public void Set_with_the_same_status_keeps_the_transition_time_and_what_it_does_not_name()
    {
        var status = Status();
        Conditions.Set(status, new("Ready", "True", "Is"), Now);
        Assert.True(JsonNode.DeepEquals(
            JsonNode.Parse("""{ "type": "Ready", "status": "True", "reason": "Is", "lastTransitionTime": "2030-01-01T00:00:00Z", "lastHeartbeatTime": "2030-01-01T00:00:30Z", "observedGeneration": 7 }"""),
            status["conditions"]![0]), status.ToJsonString());
    }

    [Fact]
    public void Set_with_another_status_moves_the_transition_time()
    {
        var status = Status();
        Conditions.Set(status, new("Ready", "Unknown", "Silent", "no word"), Now);
        Assert.Equal(("Unknown", "Silent", "no word", Now), Conditions.Find(status, "Ready") is { } set ? (set.Status, set.Reason, set.Message, set.LastTransition!.Value) : default);
    }

    [Fact]
    public void Set_leaves_the_others_as_they_are_and_in_their_place()
    {
        var (before, after) = (Status(), Status());
        Conditions.Set(after, new("Ready", "False"), Now);
        Conditions.Set(after, new("New", "True"), Now);
        Assert.True(JsonNode.DeepEquals(before["conditions"]![1], after["conditions"]![1]));
        Assert.Equal(["Ready", "example.com/gate", "New"], Conditions.Read(after).Select(one => one.Type));
    }

    [Fact]
    public void Set_of_one_that_never_said_when_gets_the_time_of_now()
    {
        var status = new JsonObject { ["conditions"] = new JsonArray(new JsonObject { ["type"] = "Ready", ["status"] = "True" }) };
        Conditions.Set(status, new("Ready", "True"), Now);
        Assert.Equal(Now, Conditions.Find(status, "Ready")!.LastTransition);
    }

    [Fact]
    public void Put_takes_an_entry_with_its_own_times()
    {
        var status = Status();
        Conditions.Put(status, new JsonObject { ["type"] = "Ready", ["status"] = "False", ["lastTransitionTime"] = "2031-01-01T00:00:00Z" });
        Assert.Equal(["Ready", "example.com/gate"], Conditions.Read(status).Select(one => one.Type));
        Assert.Equal(new(2031, 1, 1, 0, 0, 0, TimeSpan.Zero), Conditions.Find(status, "Ready")!.LastTransition);
    }

    [Fact]
    public void Remove_of_the_last_one_takes_the_list_with_it()
    {
        var status = Status();
        Conditions.Remove(status, "Ready");
        Assert.Equal(["example.com/gate"], Conditions.Read(status).Select(one => one.Type));
        Conditions.Remove(status, "example.com/gate");
        Assert.Empty(status);
    }

    [Fact]
    public void List_of_a_status_with_one_writer_follows_the_same_rule()
    {
        var before = Conditions.Read(Status());
        var set = before.With(new("Ready", "True", "Is"), Now);
        Assert.Equal((Then, "Is"), (set.Find("Ready")!.LastTransition!.Value, set.Find("Ready")!.Reason));
        Assert.Equal(Now, before.With(new("Ready", "False"), Now).Find("Ready")!.LastTransition);
        Assert.Equal(before.Find("example.com/gate"), set.Find("example.com/gate"));
        Assert.Equal<IEnumerable<Condition>>(before, Conditions.Read(new JsonObject { ["conditions"] = before.ToJson() }));
    }

    [Fact]
    public void News_are_another_status_or_reason_and_not_other_words()
    {
        var before = Conditions.Read(Status());
        Assert.Equal<IEnumerable<Condition>>(before, before.WithNews(new("Ready", "True", "Was", "better"), Now));
        Assert.Equal("Is", before.WithNews(new("Ready", "True", "Is"), Now).Find("Ready")!.Reason);
    }

    [Fact]
    public void Tree_and_bytes_read_alike() =>
        Assert.Equal<IEnumerable<Condition>>(Conditions.Read(Status()), Conditions.Read(ObjectLimits.ParseElement(System.Text.Encoding.UTF8.GetBytes(Status().ToJsonString()))));
}
