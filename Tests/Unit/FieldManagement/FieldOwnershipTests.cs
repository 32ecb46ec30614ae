using System.Text.Json.Nodes;
using ControlPlane.Objects.FieldManagement;
using Shared.Json;
using Xunit;

namespace Tests.Unit.FieldManagement;

public sealed class FieldOwnershipTests
{
    private const string Map = """{"metadata":{"labels":{"a":"1"}},"data":{"x":"1","y":"1"}}""";

    [Fact]
    public void Who_creates_an_object_has_all_of_it()
    {
        var map = Managers.OfMap();
        map.Done(map.Create("kubectl-create", Map));
        Assert.Equal(["""Update kubectl-create {"f:data":{".":{},"f:x":{},"f:y":{}},"f:metadata":{"f:labels":{".":{},"f:a":{}}}}"""], map.Fields);
        Assert.Equal(("v1", "FieldsV1", "2030-01-02T03:04:06Z"), (map.Entry("kubectl-create").Text("apiVersion"), map.Entry("kubectl-create").Text("fieldsType"), map.Entry("kubectl-create").Text("time")));
    }

    [Fact]
    public void Who_changes_a_field_has_it_and_nobody_else()
    {
        var map = Managers.OfMap();
        map.Create("one", Map);
        map.Done(map.Update("two", tree => tree["data"]!["x"] = "2"));
        Assert.Equal(
            ["""Update one {"f:data":{".":{},"f:y":{}},"f:metadata":{"f:labels":{".":{},"f:a":{}}}}""", """Update two {"f:data":{"f:x":{}}}"""], map.Fields);
        map.Update("three", tree => tree["data"]!["x"] = "3");
        map.Update("one", tree => tree["data"]!["z"] = "1");
        Assert.Equal(
            ["""Update three {"f:data":{"f:x":{}}}""", """Update one {"f:data":{".":{},"f:y":{},"f:z":{}},"f:metadata":{"f:labels":{".":{},"f:a":{}}}}"""], map.Fields);
        map.Update("one", tree => tree["data"]!["x"] = "4");
        Assert.Equal(["""Update one {"f:data":{".":{},"f:x":{},"f:y":{},"f:z":{}},"f:metadata":{"f:labels":{".":{},"f:a":{}}}}"""], map.Fields);
    }

    [Fact]
    public void What_is_gone_is_nobodys()
    {
        var map = Managers.OfMap();
        map.Create("one", Map);
        map.Update("two", tree => tree["data"]!["z"] = "2");
        map.Update("three", tree => tree.Remove("data"));
        Assert.Equal(["""Update one {"f:metadata":{"f:labels":{".":{},"f:a":{}}}}"""], map.Fields);
    }

    [Fact]
    public void The_first_to_write_a_status_has_all_of_it_through_the_subresource()
    {
        var web = Managers.OfDeployment();
        web.Create("kubectl", Deployments.Web);
        web.Done(web.Update("controller", tree => tree["status"] = JsonNode.Parse("""{"replicas":1,"conditions":[{"type":"Available","status":"True"}]}"""), "status"));
        web.Done(web.Update("controller", tree => tree["status"]!["replicas"] = 2, "status"));
        Assert.Equal(2, web.Fields.Length);
        Assert.Equal("""Update controller/status {"f:status":{"f:conditions":{".":{},"k:{\"type\":\"Available\"}":{".":{},"f:status":{},"f:type":{}}},"f:replicas":{}}}""", web.Fields[1]);
        Assert.DoesNotContain("f:status\":{\"f:replicas", web.Fields[0], StringComparison.Ordinal);
        web.Done(web.Update("other", tree => tree["status"]!["replicas"] = 3, "status"));
        Assert.Equal("""Update other/status {"f:status":{"f:replicas":{}}}""", web.Fields[2]);
        Assert.DoesNotContain("f:replicas", web.Fields[1], StringComparison.Ordinal);
    }

    [Fact]
    public void As_long_as_nobody_applies_only_names_are_kept()
    {
        var map = Managers.OfMap();
        map.Create("one", Map);
        Assert.InRange(map.State!.Managed.Length, 1, 40);
        var before = map.State.Managed.Length;
        map.Update("one", tree => tree["data"]!["x"] = "2");
        Assert.Equal(before, map.State.Managed.Length);
    }

    [Fact]
    public void Of_many_writers_the_oldest_become_one()
    {
        var map = Managers.OfMap();
        map.Create("one", Map);
        for (var i = 0; i < 30; i++) map.Done(map.Update($"writer-{i:00}", tree => tree["data"]![$"k{i:00}"] = "1"));
        Assert.Equal(FieldManager.MaxUpdaters, map.Fields.Length);
        Assert.Contains("f:k00", map.Fields.Single(entry => entry.StartsWith("Update ancient-changes", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains(map.Fields, entry => entry == """Update writer-29 {"f:data":{"f:k29":{}}}""");
        var all = map.Fields.SelectMany(entry => Enumerable.Range(0, 30).Where(i => entry.Contains($"f:k{i:00}", StringComparison.Ordinal))).Order();
        Assert.Equal(Enumerable.Range(0, 30), all);
    }

    [Fact]
    public void A_client_that_sends_back_what_it_got_changes_nothing()
    {
        var map = Managers.OfMap();
        map.Create("one", Map);
        map.Update("two", tree => tree["data"]!["x"] = "2");
        var (fields, state) = (map.Fields, map.State);
        var decision = map.Update("three", tree => tree.Metadata()["managedFields"] = ManagedFieldsView.ListOf(state!, map.Kind));
        Assert.Same(state, decision.Unchanged);
        map.Update("three", tree =>
        {
            tree.Metadata()["managedFields"] = ManagedFieldsView.ListOf(state!, map.Kind);
            tree["data"]!["n"] = "1";
        });
        Assert.Equal([.. fields, """Update three {"f:data":{"f:n":{}}}"""], map.Fields);
    }

    [Fact]
    public void A_client_can_name_the_managers_anew_or_forget_them()
    {
        var map = Managers.OfMap();
        map.Create("one", Map);
        map.Done(map.Update("two", tree =>
        {
            tree.Metadata()["managedFields"] = JsonNode.Parse("""[{"manager":"mine","operation":"Apply","apiVersion":"v1","time":"2029-01-01T00:00:00Z","fieldsType":"FieldsV1","fieldsV1":{"f:data":{"f:x":{},"f:gone":{}}}}]""");
            tree["data"]!["y"] = "2";
        }));
        Assert.Equal(["""Apply mine {"f:data":{"f:x":{}}}""", """Update two {"f:data":{"f:y":{}}}"""], map.Fields);
        map.Done(map.Update("two", tree =>
        {
            tree.Metadata()["managedFields"] = JsonNode.Parse("[{}]");
            tree["data"]!["y"] = "3";
        }));
        Assert.Equal(["""Update two {"f:data":{"f:y":{}}}"""], map.Fields);
    }

    [Fact]
    public void Managers_can_change_where_the_object_does_not()
    {
        // As kubectl hands over what it applied in its older way.
        var map = Managers.OfMap();
        map.Create("one", Map);
        var data = map.Object["data"]!.ToJsonString();
        Assert.NotNull(map.Update("two", tree => tree.Metadata()["managedFields"] =
            JsonNode.Parse("""[{"manager":"mine","operation":"Apply","apiVersion":"v1","time":"2029-01-01T00:00:00Z","fieldsType":"FieldsV1","fieldsV1":{"f:data":{"f:x":{}}}}]""")).Event);
        Assert.Equal((data, """Apply mine {"f:data":{"f:x":{}}}"""), (map.Object["data"]!.ToJsonString(), map.Fields.Single()));
        Assert.NotNull(map.Update("two", tree => tree.Metadata()["managedFields"] = JsonNode.Parse("[{}]")).Event);
        Assert.Empty(map.Fields);
    }

    [Fact]
    public void Managers_that_cannot_be_read_are_refused_with_every_fault()
    {
        var map = Managers.OfMap();
        map.Create("one", Map);
        var refusal = map.Update("two", tree => tree.Metadata()["managedFields"] = JsonNode.Parse("""[{"manager":"m","operation":"Do","fieldsType":"FieldsV2","fieldsV1":{"x":{}}}]""")).Rejection!;
        Assert.Equal((422, "Invalid"), (refusal.Code, refusal.Reason));
        Assert.Equal(["metadata.managedFields[0].operation", "metadata.managedFields[0].fieldsType", "metadata.managedFields[0].fieldsV1"], refusal.Causes.Select(cause => cause.Field));
    }
}
